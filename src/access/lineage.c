// The genealogy that traces read: followed by one, read by many. Its lock is never waited for with
// the book open, since whoever has it may wait for the book.
#include "access/inside.h"
#include "origin/from_book_lineage.h"

static bool is_fresh(const Look *look) {
    const Access *access = look->access;
    return access->lineage_rewinds == look->mark.rewinds &&
           access->lineage->records == book_next(look->book);
}

static bool follow(Look *look, Status *status) {
    Access *access = look->access;
    if (access->lineage_rewinds != look->mark.rewinds) lineage_clear(access->lineage);
    access->lineage_rewinds = look->mark.rewinds;
    if (lineage_follow(access->lineage, look->book, look_let_in, look, status)) return true;
    lineage_clear(access->lineage);
    return false;
}

const Lineage *lineage_take(Look *look, Status *status) {
    Access *access = look->access;
    look_pause(look);
    pthread_rwlock_rdlock(&access->descending);
    bool well = look_resume(look, status);
    if (well && !is_fresh(look)) {
        look_pause(look);
        pthread_rwlock_unlock(&access->descending);
        pthread_rwlock_wrlock(&access->descending);
        well = look_resume(look, status) && (is_fresh(look) || follow(look, status));
        look_pause(look);
        pthread_rwlock_unlock(&access->descending);
        pthread_rwlock_rdlock(&access->descending);
        // Another may have followed further, or a commit may have failed, meanwhile.
        well = well && look_resume(look, status);
        if (well && access->lineage_rewinds != look->mark.rewinds)
            well = status_set(status, STATUS_BUSY, "what was seen has not become durable");
    }
    if (well) {
        look->before = access->lineage->records;
        look->any_held = book_count(look->book, TABLE_SET) > 1;
        return access->lineage;
    }
    pthread_rwlock_unlock(&access->descending);
    return NULL;
}

void lineage_give(Look *look) {
    pthread_rwlock_unlock(&look->access->descending);
}
