# Where a system looks for programs, manuals and completions, all made by the program itself.
#   make install PREFIX=/usr DESTDIR=/tmp/package     (PREFIX: /usr/local)
#   make uninstall
#   make man                                          docs/ytterby.1 anew, after a change of the help
PREFIX   ?= /usr/local
INSTALL  := $(DESTDIR)$(PREFIX)
INSTALLED := bin/ytterby share/man/man1/ytterby.1 share/bash-completion/completions/ytterby \
             share/zsh/site-functions/_ytterby share/fish/vendor_completions.d/ytterby.fish \
             share/doc/ytterby/LICENSE
.PHONY: install uninstall man
install: $(B)/ytterby
	install -D -m 755 $< $(INSTALL)/bin/ytterby
	install -D -m 644 docs/ytterby.1 $(INSTALL)/share/man/man1/ytterby.1
	install -D -m 644 LICENSE $(INSTALL)/share/doc/ytterby/LICENSE
	@mkdir -p $(dir $(addprefix $(INSTALL)/,$(filter %/completions/ytterby %/_ytterby %.fish,$(INSTALLED))))
	$< completion bash >$(INSTALL)/share/bash-completion/completions/ytterby
	$< completion zsh >$(INSTALL)/share/zsh/site-functions/_ytterby
	$< completion fish >$(INSTALL)/share/fish/vendor_completions.d/ytterby.fish
uninstall:
	rm -f $(addprefix $(INSTALL)/,$(INSTALLED))
man: $(B)/ytterby
	$< manual >docs/ytterby.1
