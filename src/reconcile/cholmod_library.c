#include "reconcile/cholmod_library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <threads.h>

static const char LIBRARY[] = "libcholmod.so.3";

static once_flag opened = ONCE_FLAG_INIT;
static CholmodLibrary library;
static char reason[200]; // empty: it is open

static void *find(void *handle, const char *name) {
    void *symbol = dlsym(handle, name);
    if (!symbol && !reason[0])
        snprintf(reason, sizeof reason, "\"%s\" has no \"%s\"", LIBRARY, name);
    return symbol;
}

static void open_once(void) {
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *why = dlerror();
        snprintf(reason, sizeof reason, "%s", why ? why : "it cannot be opened");
        return;
    }
    // A function found by name has no type; POSIX lets it be written through the object's address.
#define X(name) *(void **)&library.name = find(handle, #name);
    CHOLMOD_FUNCTIONS(X)
#undef X
    *(void **)&library.dpotrf = find(handle, "dpotrf_");
    *(void **)&library.dpotri = find(handle, "dpotri_");
    *(void **)&library.dtrsm = find(handle, "dtrsm_");
    *(void **)&library.dsymm = find(handle, "dsymm_");
    *(void **)&library.dgemm = find(handle, "dgemm_");
    *(void **)&library.omp_set_max_active_levels = dlsym(handle, "omp_set_max_active_levels");
    // An OpenBLAS with threads gains nothing here and sums in another order each time.
    void (*threads)(int) = NULL;
    *(void **)&threads = dlsym(handle, "openblas_set_num_threads");
    if (threads) threads(1);
}

const CholmodLibrary *cholmod_library(Status *status) {
    call_once(&opened, open_once);
    if (!reason[0]) return &library;
    status_set(status, STATUS_UNSUPPORTED, "could not open the sparse matrix library: %s", reason);
    status_hint(status, "install libcholmod3 and libopenblas0-serial");
    return NULL;
}
