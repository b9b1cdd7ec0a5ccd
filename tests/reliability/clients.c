// The clients of a simulated book: they send, overtake, forget, repeat, and remember every answer.
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

#include "keeper/read.h"

enum { TRIES_MAX = 3 };

// Not through base/buffer.h: the memory that may be failing is the keeper's.
char *world_codes(const Reason *reasons, uint32_t count) {
    char *codes = NULL;
    size_t length;
    FILE *out = open_memstream(&codes, &length);
    if (!out) abort();
    fputc('[', out);
    for (uint32_t i = 0; i < count; i++) {
        fprintf(out, "%s{\"code\":\"%s\",\"where\":\"%s\"", i ? "," : "",
                code_facts(reasons[i].code)->name, reasons[i].where);
        if (reasons[i].cause != CAUSE_NONE)
            fprintf(out, ",\"cause\":\"%llu.%u\"", (unsigned long long)(reasons[i].cause >> 8),
                    (unsigned)(reasons[i].cause & 255));
        fputc('}', out);
    }
    fputc(']', out);
    if (fclose(out) != 0) abort();
    return codes;
}

static void hear_recorded(World *world, Wish *wish, const Answer *answer) {
    char *codes = world_codes(answer->reasons, answer->reason_count);
    if (wish->is_recorded) {
        MUST(world,
             wish->seq == answer->seq && wish->verdict == answer->verdict &&
                 strcmp(wish->codes, codes) == 0,
             "\"%.*s\" was %llu %s %s, and now is %llu %s %s", TEXT_ARG(answer->id),
             (unsigned long long)wish->seq, verdict_name(wish->verdict), wish->codes,
             (unsigned long long)answer->seq, verdict_name(answer->verdict), codes);
        free(codes);
        return;
    }
    MUST(world, answer->seq < read_durable(world->keeper),
         "%llu was answered, %llu are durable, repeated %d, life memory %u",
         (unsigned long long)answer->seq, (unsigned long long)read_durable(world->keeper),
         answer->repeated, world->memory_faults);
    wish->is_recorded = wish->is_done = true;
    wish->seq = answer->seq;
    wish->verdict = answer->verdict;
    wish->codes = codes;
    if (answer->recorded > world->last) world->last = answer->recorded;
}

static void hear_refused(World *world, uint32_t number, const Answer *answer, uint64_t before,
                         Instant recorded) {
    Wish *wish = &world->wishes[number];
    MUST(world, !wish->is_recorded, "\"%.*s\" is recorded and was refused", TEXT_ARG(answer->id));
    if (world->refusal_count == world->refusal_capacity) {
        world->refusal_capacity = world->refusal_capacity * 2 + 64;
        world->refusals =
            realloc(world->refusals, world->refusal_capacity * sizeof *world->refusals);
        if (!world->refusals) abort();
    }
    world->refusals[world->refusal_count] =
        (Refusal){before, recorded, number, world->refusal_count,
                  world_codes(answer->reasons, answer->reason_count)};
    world->refusal_count++;
    // Its id stays free: some try again later, when the book may have come to where it fits.
    wish->is_done = ++wish->tries >= TRIES_MAX || !world_one_in(world, 4);
}

static void hear(void *context, const Answer *answers, size_t count) {
    Sending *sending = context;
    World *world = sending->world;
    uint64_t before = sending->base;
    for (size_t i = 0; i < count; i++) {
        uint32_t number = sending->wish[i];
        Wish *wish = &world->wishes[number];
        const Answer *answer = &answers[i];
        if (sending->errand != ERRAND_DRY && sending->errand != ERRAND_OTHER) wish->in_flight--;
        if (sending->errand == ERRAND_DRY) continue;
        if (sending->errand == ERRAND_OTHER) {
            if (answer->verdict == VERDICT_NONE) continue;
            MUST(world,
                 answer->verdict == VERDICT_REFUSED && answer->reasons[0].code == CODE_ID_REUSED,
                 "other content was taken for \"%.*s\"", TEXT_ARG(answer->id));
        } else if (answer->has_seq) {
            if (!answer->repeated) before = answer->seq + 1;
            hear_recorded(world, wish, answer);
        } else if (answer->verdict == VERDICT_REFUSED) {
            // In a whole batch it was judged beside companions that were then taken back; and what
            // is said while a crash is played nobody hears.
            Instant asked = sending->recorded[i] == SUBMIT_NOW ? wish->end : sending->recorded[i];
            if (sending->mode == SUBMIT_EACH && !wish->is_recorded && !world->is_closing)
                hear_refused(world, number, answer, before,
                             world->is_live ? sending->decided : asked);
        } else {
            MUST(world, answer->status && answer->status->code != STATUS_OK,
                 "no answer and no reason");
            MUST(world,
                 !wish->is_recorded || world->may_fail || answer->status->code == STATUS_CONFLICT ||
                     answer->status->code == STATUS_INVALID,
                 "\"%.*s\": %s", TEXT_ARG(answer->id), answer->status->message);
            world->retries++;
        }
    }
    free(sending->other);
    free(sending);
}

static char *with_other_content(Text event) {
    char *other = malloc(event.length + 20);
    if (!other) abort();
    memcpy(other, event.at, event.length - 1);
    memcpy(other + event.length - 1, ",\"x\":{\"again\":1}}", 18);
    return other;
}

static void send_out(World *world, Sending *sending) {
    Draft drafts[BATCH_MAX];
    for (uint32_t i = 0; i < sending->count; i++) {
        Wish *wish = &world->wishes[sending->wish[i]];
        if (world->wall < wish->asked) world_pass(world, wish->asked - world->wall);
        drafts[i] = (Draft){.event = wish->event, .principal = wish->by, .recorded = SUBMIT_NOW};
        // In a trial book the line says when, unless another client was later already.
        if (!world->is_live && wish->asked >= world->last && !world_one_in(world, 8))
            drafts[i].recorded = wish->asked;
        sending->recorded[i] = drafts[i].recorded;
        if (sending->other) drafts[i].event = text_of(sending->other);
        if (sending->errand == ERRAND_SEND || sending->errand == ERRAND_AGAIN) wish->in_flight++;
    }
    Status status;
    if (submit_send(world->keeper, drafts, sending->count, sending->mode, false, hear, sending,
                    &status))
        return;
    for (uint32_t i = 0; i < sending->count; i++)
        if (sending->errand == ERRAND_SEND || sending->errand == ERRAND_AGAIN)
            world->wishes[sending->wish[i]].in_flight--;
    free(sending->other);
    free(sending);
}

static Sending *sending_new(World *world, Errand errand, SubmitMode mode) {
    Sending *sending = calloc(1, sizeof *sending);
    if (!sending) abort();
    *sending = (Sending){.world = world, .errand = errand, .mode = mode};
    return sending;
}

void clients_send_next(World *world) {
    bool dry = world_one_in(world, 12);
    uint32_t most = world_one_in(world, 3) ? 1 + (uint32_t)world_draw(world, BATCH_MAX)
                                           : 1 + (uint32_t)world_draw(world, 3);
    SubmitMode mode = world_one_in(world, 6) ? SUBMIT_WHOLE : SUBMIT_EACH;
    if (dry) mode = mode == SUBMIT_WHOLE ? SUBMIT_DRY_WHOLE : SUBMIT_DRY_EACH;
    Sending *sending = sending_new(world, dry ? ERRAND_DRY : ERRAND_SEND, mode);
    uint32_t skip = world->seed % 4 == 0 ? (uint32_t)world_draw(world, 3) : 0; // clients overtake
    for (uint32_t i = 0; i < world->count && sending->count < most; i++) {
        const Wish *wish = &world->wishes[i];
        if (wish->is_done || wish->in_flight) continue;
        if (skip > 0)
            skip--;
        else
            sending->wish[sending->count++] = i;
    }
    if (sending->count)
        send_out(world, sending);
    else
        free(sending);
}

void clients_send_again(World *world, bool other) {
    uint32_t number = (uint32_t)world_draw(world, world->count);
    Wish *wish = &world->wishes[number];
    if (!(wish->is_recorded || wish->in_flight)) return;
    if (other && (!wish->is_recorded || memmem(wish->event.at, wish->event.length, "\"x\":", 4)))
        return;
    Sending *sending = sending_new(world, other ? ERRAND_OTHER : ERRAND_AGAIN, SUBMIT_EACH);
    sending->wish[sending->count++] = number;
    if (other) sending->other = with_other_content(wish->event);
    send_out(world, sending);
}
