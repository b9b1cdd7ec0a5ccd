// The help texts, made of the table of commands.
#pragma once
#include "cli/command.h"

void help_all(void);
void help_one(const Command *command);
