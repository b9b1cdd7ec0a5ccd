// Completion for three shells, made of the table of commands: commands, options, and what an option
// or word can be, as far as its word in the help tells ("a|b|c": one of these, "FILE": a file).
#include <stdio.h>
#include <string.h>

#include "access/registry.h"
#include "base/text.h"
#include "cli/command.h"

typedef enum Takes { TAKES_NOTHING, TAKES_TEXT, TAKES_FILE, TAKES_FOLDER, TAKES_ONE_OF } Takes;

static const char *const roles[] = {"regulator", "company",  "laboratory", "customs",
                                    "auditor",   "operator", NULL};

// What a word of the help stands for; `list` is set for TAKES_ONE_OF, as words parted by blanks.
static Takes takes(const Command *command, const char *word, char *list, size_t size) {
    list[0] = 0;
    const char *const *known = NULL;
    if (!word || !*word) return TAKES_NOTHING;
    if (strcmp(word, "KIND ID") == 0) known = access_show_kinds;
    if (strcmp(word, "KIND") == 0 && strcmp(command->name, "list") == 0) known = access_list_kinds;
    if (strcmp(word, "ROLE") == 0) known = roles;
    if (known) {
        for (; *known; known++)
            snprintf(list + strlen(list), size - strlen(list), "%s%s", *list ? " " : "", *known);
        return TAKES_ONE_OF;
    }
    // Words in small letters are meant as they stand: "new", "bash|zsh|fish".
    if (word[0] >= 'a' && word[0] <= 'z') {
        snprintf(list, size, "%.*s", (int)strcspn(word, " "), word);
        for (char *at = list; *at; at++)
            if (*at == '|') *at = ' ';
        return TAKES_ONE_OF;
    }
    if (strstr(word, "DIR")) return TAKES_FOLDER;
    if (strstr(word, "FILE") || strstr(word, "PATH")) return TAKES_FILE;
    return TAKES_TEXT;
}

// ---- bash ----

static void bash(void) {
    char list[1024];
    out_format("# bash completion for ytterby, made by \"ytterby completion bash\"\n"
               "_ytterby() {\n"
               "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options=\n"
               "    COMPREPLY=()\n"
               "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
               "        COMPREPLY=($(compgen -W \"");
    for (const Command *c = command_list; c->name; c++)
        out_format("%s ", c->name);
    out_format("--help --version\" -- \"$cur\"))\n        return\n    fi\n"
               "    case \"${COMP_WORDS[1]} $prev\" in\n");
    for (const Command *c = command_list; c->name; c++)
        for (const Option *o = c->options; o->name; o++) {
            Takes kind = takes(c, o->argument, list, sizeof list);
            if (kind == TAKES_NOTHING) continue;
            out_format("    '%s --%s') ", c->name, o->name);
            if (kind == TAKES_ONE_OF)
                out_format("COMPREPLY=($(compgen -W \"%s\" -- \"$cur\"))", list);
            else if (kind == TAKES_FOLDER)
                out_format("COMPREPLY=($(compgen -d -- \"$cur\"))");
            else if (kind == TAKES_FILE)
                out_format("COMPREPLY=($(compgen -f -- \"$cur\"))");
            else
                out_format(":");
            out_format("; return ;;\n");
        }
    out_format("    esac\n    case ${COMP_WORDS[1]} in\n");
    for (const Command *c = command_list; c->name; c++) {
        Takes kind = takes(c, c->words, list, sizeof list);
        out_format("    %s)\n        options='", c->name);
        for (const Option *o = c->options; o->name; o++)
            out_format("--%s ", o->name);
        out_format("--help'\n");
        if (kind != TAKES_NOTHING && kind != TAKES_TEXT) {
            out_format("        [[ $cur != -* ]] && COMPREPLY=($(compgen ");
            if (kind == TAKES_ONE_OF)
                out_format("-W \"%s\"", list);
            else
                out_format(kind == TAKES_FOLDER ? "-d" : "-f");
            out_format(" -- \"$cur\"))\n");
        }
        out_format("        ;;\n");
    }
    out_format("    esac\n"
               "    [[ $cur == -* ]] && COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
               "}\ncomplete -o filenames -F _ytterby ytterby\n");
}

// ---- zsh ----

// Inside single quotes, where [ ] and : have a meaning of their own.
static void zsh_words(const char *text) {
    for (; *text; text++) {
        if (strchr("[]:\\", *text)) out_format("\\");
        if (*text == '\'')
            out_format("'\\''");
        else
            out_format("%c", *text);
    }
}

static void zsh_action(Takes kind, const char *list) {
    if (kind == TAKES_ONE_OF)
        out_format("(%s)", list);
    else if (kind == TAKES_FILE)
        out_format("_files");
    else if (kind == TAKES_FOLDER)
        out_format("_files -/");
    else
        out_format(" ");
}

static void zsh(void) {
    char list[1024];
    out_format("#compdef ytterby\n# zsh completion, made by \"ytterby completion zsh\"\n"
               "_ytterby() {\n    local -a commands\n    commands=(\n");
    for (const Command *c = command_list; c->name; c++) {
        out_format("        '%s:", c->name);
        zsh_words(c->summary);
        out_format("'\n");
    }
    out_format("    )\n    if (( CURRENT == 2 )); then\n        _describe -t commands command "
               "commands\n        return\n    fi\n    local command=$words[2]\n    shift words\n"
               "    (( CURRENT-- ))\n    case $command in\n");
    for (const Command *c = command_list; c->name; c++) {
        out_format("    %s)\n        _arguments '--help[this command]'", c->name);
        for (const Option *o = c->options; o->name; o++) {
            Takes kind = takes(c, o->argument, list, sizeof list);
            out_format(" \\\n            '--%s%s[", o->name, kind == TAKES_NOTHING ? "" : "=");
            zsh_words(o->help);
            out_format("]");
            if (kind != TAKES_NOTHING) {
                out_format(":");
                zsh_words(o->argument);
                out_format(":");
                zsh_action(kind, list);
            }
            out_format("'");
        }
        Takes kind = takes(c, c->words, list, sizeof list);
        if (kind != TAKES_NOTHING) {
            out_format(" \\\n            '*:");
            zsh_words(c->words);
            out_format(":");
            zsh_action(kind, list);
            out_format("'");
        }
        out_format("\n        ;;\n");
    }
    out_format("    esac\n}\nif [ \"$funcstack[1]\" = _ytterby ]; then\n    _ytterby \"$@\"\nelse\n"
               "    compdef _ytterby ytterby\nfi\n");
}

// ---- fish ----

static void fish_words(const char *text) {
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\') out_format("\\");
        out_format("%c", *text);
    }
}

static void fish_action(Takes kind, const char *list) {
    if (kind == TAKES_ONE_OF)
        out_format(" -x -a '%s'", list);
    else if (kind == TAKES_FOLDER)
        out_format(" -x -a '(__fish_complete_directories)'");
    else if (kind == TAKES_FILE)
        out_format(" -r -F");
    else if (kind == TAKES_TEXT)
        out_format(" -x");
}

static void fish(void) {
    char list[1024];
    out_format("# fish completion for ytterby, made by \"ytterby completion fish\"\n"
               "complete -c ytterby -f\n");
    for (const Command *c = command_list; c->name; c++) {
        out_format("complete -c ytterby -n __fish_use_subcommand -a %s -d '", c->name);
        fish_words(c->summary);
        out_format("'\n");
    }
    for (const Command *c = command_list; c->name; c++) {
        Takes kind = takes(c, c->words, list, sizeof list);
        if (kind == TAKES_FILE || kind == TAKES_FOLDER)
            out_format("complete -c ytterby -n '__fish_seen_subcommand_from %s' -F\n", c->name);
        if (kind == TAKES_ONE_OF)
            out_format("complete -c ytterby -n '__fish_seen_subcommand_from %s; and not "
                       "__fish_seen_subcommand_from %s' -a '%s'\n",
                       c->name, list, list);
        for (const Option *o = c->options; o->name; o++) {
            kind = takes(c, o->argument, list, sizeof list);
            out_format("complete -c ytterby -n '__fish_seen_subcommand_from %s' -l %s", c->name,
                       o->name);
            fish_action(kind, list);
            out_format(" -d '");
            fish_words(o->help);
            out_format("'\n");
        }
    }
}

COMMAND(completion) {
    static const char *const shells[] = {"bash", "zsh", "fish", NULL};
    if (word_count() != 1) return usage_error("for which shell? bash, zsh or fish");
    int code = word_known("completion", word_at(0), shells);
    if (code != EXIT_WELL) return code;
    if (strcmp(word_at(0), "bash") == 0) bash();
    if (strcmp(word_at(0), "zsh") == 0) zsh();
    if (strcmp(word_at(0), "fish") == 0) fish();
    return EXIT_WELL;
}
