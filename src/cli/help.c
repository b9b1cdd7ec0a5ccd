#include "cli/help.h"

#include <stdio.h>

void help_all(void) {
    puts("ytterby keeps the books on rare earths: who held what, under which licence and quota, "
         "and whether\n"
         "the books close, element by element.\n\nusage: ytterby COMMAND [OPTIONS] ...\n");
    for (const Command *c = command_list; c->name; c++)
        printf("  %-10s %s\n", c->name, c->summary);
    puts("\n\"ytterby COMMAND --help\" says more. Exit codes: 0 well, 1 refused or failed, 2 wrong "
         "usage, 3 the log was forked.");
}

void help_one(const Command *command) {
    printf("ytterby %s: %s\n\nusage: ytterby %s [OPTIONS] %s\n", command->name, command->summary,
           command->name, command->words);
    if (command->about) printf("\n%s\n", command->about);
    puts("");
    for (const Option *o = command->options; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        printf("  %-26s %s\n", left, o->help);
    }
    puts("  --help                     this");
}
