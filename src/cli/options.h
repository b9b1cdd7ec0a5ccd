// How main() reads what was typed. What commands may ask stands in command.h.
#pragma once
#include "cli/command.h"

// The command's options and words. EXIT_WELL, or the exit code after a complaint; --help ends the
// program.
int options_read(const Command *command, int argc, char **argv);
// The command that `name` is a slip of, or null.
const char *near_command(const char *name);
// Says that standard output took no more, unless its reader has gone. EXIT_FAILED.
int output_failed(void);
