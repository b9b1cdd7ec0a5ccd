// How fast a workbook is read, on one core: bench/xlsx FILE.xlsx [ROUNDS]. Prints seconds (the best
// round), rows, cells that are not empty and a sum over their bytes, to compare with a peer's.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "codec/xlsx.h"

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static XlsxReader reader;

int main(int argc, char **argv) {
    enum { BYTES = 1 << 28 };
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    char *bytes = malloc(BYTES);
    if (!file || !bytes) {
        fprintf(stderr, "usage: xlsx FILE.xlsx [ROUNDS]\n");
        return 2;
    }
    size_t length = fread(bytes, 1, BYTES, file);
    fclose(file);
    double best = 1e9;
    unsigned long rows = 0, cells = 0, sum = 0;
    for (int round = argc > 2 ? atoi(argv[2]) : 5; round > 0; round--) {
        Arena arena;
        Status status;
        Xlsx xlsx;
        double begin = seconds();
        rows = cells = sum = 0;
        arena_init(&arena, (size_t)4 << 30);
        bool well = xlsx_open(&xlsx, text_of(argv[1]), (Text){bytes, length}, &arena, &status);
        for (size_t i = 0; well && i < xlsx.sheets; i++) {
            well = xlsx_sheet(&xlsx, i, &reader, &status);
            while (well && xlsx_next(&reader)) {
                rows++;
                for (uint32_t c = 0; c < reader.width; c++) {
                    cells += reader.kind[c] != XLSX_EMPTY;
                    sum += reader.fields[c].length;
                }
            }
        }
        xlsx_close(&xlsx);
        double took = seconds() - begin;
        if (took < best) best = took;
        if (round == 1) printf("arena %.1f MB, ", (double)arena.used / 1e6);
        arena_done(&arena);
        if (!well) {
            fprintf(stderr, "%s (%s)\n", status.message, status.where);
            return 1;
        }
    }
    printf("%.3f s, %lu rows, %lu cells, %lu bytes\n", best, rows, cells, sum);
    free(bytes);
    return 0;
}
