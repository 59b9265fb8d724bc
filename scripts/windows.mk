# The Windows build: `make windows` on Debian makes build/windows/livedebug.exe, and the stand-in
# for kd as build/windows/kd.exe. Both are static; the libraries are built once, into WIN_DEPS.
WIN        := $(BUILD)/windows
WIN_HOST   := x86_64-w64-mingw32
WIN_DEPS   ?= $(BUILD)/windows-deps
# By what the scripts say, not by when they were checked out.
WIN_DONE   := $(WIN_DEPS)/done-$(shell cat scripts/fetch-sources scripts/cross-build | cksum | cut -c1-8)
WIN_CC     ?= x86_64-w64-mingw32-gcc-win32
# The formats are mingw's own, as __USE_MINGW_ANSI_STDIO asks for; gcc would check for another set.
# --wrap: see daemon/os/text_win.c.
WIN_WRAP   := -Wl,--wrap=fopen -Wl,--wrap=freopen -Wl,--wrap=getenv
WIN_CFLAGS  = -std=gnu11 -O2 -g -D_WIN32_WINNT=0x0A00 -DUNICODE -D_UNICODE \
              -D__USE_MINGW_ANSI_STDIO=1 -I. -Idaemon -isystem $(WIN_DEPS)/include -MMD -MP \
              $(filter-out -Wpedantic,$(WARN)) -Wno-format -Wno-format-extra-args
WIN_LIBS    = -L$(WIN_DEPS)/lib -luv -lserialport -linih -ljansson -lsetupapi -lpsapi -luser32 \
              -ladvapi32 -liphlpapi -luserenv -lws2_32 -ldbghelp -lole32 -luuid -lshell32
WIN_SRC    := $(filter-out %_posix.c,$(sort $(wildcard daemon/*.c daemon/*/*.c config/*.c)))
WIN_OBJ    := $(WIN_SRC:%.c=$(WIN)/obj/%.o) $(WIN)/obj/html_page.o
WIN_KD_SRC := $(filter-out %_posix.c,$(wildcard tests/bench/kd_*.c)) tests/bench/kdproto.c \
              tests/bench/kdpayload.c tests/bench/symbols.c
WIN_KD_OBJ := $(WIN_KD_SRC:%.c=$(WIN)/obj/%.o) $(WIN)/obj/daemon/os/text_win.o

windows: ## livedebug.exe and the stand-in kd.exe, into build/windows
	$(SETUP_FOR) windows
	$(AGAIN) windows-now

windows-now: $(WIN)/livedebug.exe $(WIN)/kd.exe

$(WIN_DONE):
	$(Q)mkdir -p $(@D)
	$(Q)scripts/fetch-sources $(WIN_DEPS)/src
	$(Q)CROSS_CC=$(WIN_CC) scripts/cross-build $(WIN_DEPS)/src $(WIN_DEPS) >$(WIN_DEPS)/log 2>&1 || \
		{ tail -n 30 $(WIN_DEPS)/log >&2; exit 1; }
	$(Q)touch $@

$(WIN)/obj/%.o: %.c scripts/windows.mk | $(WIN_DONE)
	$(Q)mkdir -p $(@D)
	$(Q)$(WIN_CC) $(WIN_CFLAGS) -c -o $@ $<

$(WIN)/obj/html_page.o: $(BUILD)/html_page.c | $(WIN_DONE)
	$(Q)mkdir -p $(@D)
	$(Q)$(WIN_CC) $(WIN_CFLAGS) -c -o $@ $<

# The Event Log's messages: each number of core/admin.h (100 to 299) says what it is given.
$(WIN)/messages.o: scripts/windows.mk
	$(Q)mkdir -p $(@D)
	$(Q){ echo 'MessageIdTypedef=DWORD'; echo 'SeverityNames=(Success=0)'; \
		echo 'FacilityNames=(None=0)'; echo 'LanguageNames=(English=0x409:MSG00409)'; \
		for id in $$(seq 100 299); do \
			printf 'MessageId=%d\nSeverity=Success\nFacility=None\nSymbolicName=M%d\n' $$id $$id; \
			printf 'Language=English\n%%1\n.\n'; \
		done; } >$(WIN)/messages.mc
	$(Q)cd $(WIN) && $(WIN_HOST)-windmc messages.mc && $(WIN_HOST)-windres messages.rc messages.o

$(WIN)/livedebug.exe: $(WIN_OBJ) $(WIN)/messages.o
	$(Q)$(WIN_CC) -static $(WIN_WRAP) -o $@ $^ $(WIN_LIBS)

$(WIN)/kd.exe: $(WIN_KD_OBJ)
	$(Q)$(WIN_CC) -static $(WIN_WRAP) -o $@ $^ -lshell32

# A Wine prefix, made once: tests take its files as links. What Wine starts would keep make's output open.
$(WIN)/prefix/made:
	$(Q)rm -rf $(WIN)/prefix && mkdir -p $(WIN)/prefix
	$(Q)export WINEPREFIX=$(abspath $(WIN)/prefix) WINEDEBUG=-all WINEDLLOVERRIDES=winemenubuilder.exe=d; \
		unset DISPLAY; exec </dev/null >$(WIN)/prefix/log 2>&1; \
		wineserver -p; timeout 150 wine wineboot -i; status=$$?; \
		wineserver -k; timeout 60 wineserver -w; exit $$status
	$(Q)touch $@

windows-ready: windows-now $(WIN)/prefix/made

-include $(shell find $(WIN)/obj -name '*.d' 2>/dev/null)
.PHONY: windows windows-now windows-ready
