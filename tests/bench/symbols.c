#include "tests/bench/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define NT 0xfffff80001000000u
#define HAL 0xfffff80001a00000u
#define LEAKY 0xfffff88003100000u
#define NETFOO 0xfffff88003240000u
#define DISKBAR 0xfffff88003380000u
#define FSQUX 0xfffff880034c0000u

const struct bench_module symbols_modules[] = {
	{"nt", "\\SystemRoot\\system32\\ntoskrnl.exe", NT, 0x800000},
	{"hal", "\\SystemRoot\\system32\\hal.dll", HAL, 0x60000},
	{"leakydrv", "\\SystemRoot\\system32\\drivers\\leakydrv.sys", LEAKY, 0x20000},
	{"netfoo", "\\SystemRoot\\system32\\drivers\\netfoo.sys", NETFOO, 0x40000},
	{"diskbar", "\\SystemRoot\\system32\\drivers\\diskbar.sys", DISKBAR, 0x30000},
	{"fsqux", "\\SystemRoot\\system32\\drivers\\fsqux.sys", FSQUX, 0x50000},
};
const size_t symbols_module_count = COUNT(symbols_modules);

static const struct bench_symbol table[] = {
	{"nt!MmAllocateSpecialPool", NT + 0x3000, 0x400},
	{"nt!ExAllocatePoolWithTag", NT + 0x3400, 0xa00},
	{"nt!ExAllocatePoolWithTagPriority", NT + 0x3e00, 0x200},
	{"nt!ExAllocatePoolWithQuotaTag", NT + 0x4000, 0x100},
	{"nt!DbgBreakPointWithStatus", NT + 0x5000, 0x10},
	{"nt!DebugService2", NT + 0x5010, 0x20},
	{"nt!KdCheckForDebugBreak", NT + 0x5040, 0x40},
	{"nt!KeUpdateRunTime", NT + 0x5100, 0x80},
	{"nt!KiSecondaryClockInterrupt", NT + 0x5200, 0x180},
	{"nt!KiIdleLoop", NT + 0x5400, 0x200},
	{"nt!KeBugCheckEx", NT + 0x5600, 0x120},
	{"nt!KiSystemServiceCopyEnd", NT + 0x6000, 0x40},
	{"nt!NtReadFile", NT + 0x6100, 0x700},
	{"nt!NtWriteFile", NT + 0x6800, 0x800},
	{"nt!NtDeviceIoControlFile", NT + 0x7000, 0x80},
	{"nt!IopXxxControlFile", NT + 0x7100, 0x900},
	{"nt!IopSynchronousServiceTail", NT + 0x7a00, 0x200},
	{"nt!IofCallDriver", NT + 0x7c00, 0x60},
	{"nt!IopParseDevice", NT + 0x7d00, 0x800},
	{"nt!ObOpenObjectByName", NT + 0x8500, 0x300},
	{"nt!NtCreateFile", NT + 0x8800, 0x80},
	{"nt!IopCreateFile", NT + 0x8900, 0x600},
	{"nt!ExpWorkerThread", NT + 0x9000, 0x180},
	{"nt!PspSystemThreadStartup", NT + 0x9200, 0x60},
	{"nt!KiStartSystemThread", NT + 0x9280, 0x20},
	{"nt!KiRetireDpcList", NT + 0x9400, 0x300},
	{"nt!KiExecuteAllDpcs", NT + 0x9700, 0x180},
	{"nt!ExFreePoolWithTag", NT + 0x9900, 0xa00},
	{"nt!PoolHitTag", NT + 0x200000, 4},
	{"nt!PsLoadedModuleList", NT + 0x200100, 0x10},
	{"hal!HalpClockInterrupt", HAL + 0x1000, 0x100},
	{"leakydrv!AllocateContext", LEAKY + 0x1000, 0x120},
	{"leakydrv!QueueRequest", LEAKY + 0x1200, 0x1c0},
	{"leakydrv!DispatchRead", LEAKY + 0x1400, 0x200},
	{"leakydrv!DispatchControl", LEAKY + 0x1600, 0x400},
	{"leakydrv!WorkerRoutine", LEAKY + 0x1a00, 0x180},
	{"leakydrv!TimerDpc", LEAKY + 0x1c00, 0xc0},
	{"netfoo!CopyBuffer", NETFOO + 0x2000, 0x100},
	{"netfoo!ReceivePacket", NETFOO + 0x2200, 0x300},
	{"netfoo!IndicateDpc", NETFOO + 0x2600, 0x180},
	{"netfoo!SendComplete", NETFOO + 0x2800, 0x140},
	{"netfoo!Assert", NETFOO + 0x2a00, 0x40},
	{"diskbar!AllocateSrb", DISKBAR + 0x800, 0xe0},
	{"diskbar!StartIo", DISKBAR + 0xa00, 0x260},
	{"diskbar!DispatchWrite", DISKBAR + 0xe00, 0x180},
	{"fsqux!CreateFcb", FSQUX + 0x4000, 0x200},
	{"fsqux!CommonCreate", FSQUX + 0x4400, 0x700},
	{"fsqux!FsdCreate", FSQUX + 0x4c00, 0x100},
	{"fsqux!FsdRead", FSQUX + 0x4e00, 0x180},
};

#define STACK(name, ...) static const char *const name[] = {__VA_ARGS__}
#define POOL "nt!ExAllocatePoolWithTag+0x9c"
#define CONTROL \
	"nt!IofCallDriver+0x38", "nt!IopSynchronousServiceTail+0x1a5", \
		"nt!IopXxxControlFile+0x5ae", "nt!NtDeviceIoControlFile+0x56", \
		"nt!KiSystemServiceCopyEnd+0x13"
#define READ \
	"nt!IofCallDriver+0x38", "nt!IopSynchronousServiceTail+0x1a5", "nt!NtReadFile+0x631", \
		"nt!KiSystemServiceCopyEnd+0x13"
#define WRITE \
	"nt!IofCallDriver+0x38", "nt!IopSynchronousServiceTail+0x1a5", "nt!NtWriteFile+0x7e2", \
		"nt!KiSystemServiceCopyEnd+0x13"
#define WORKER \
	"nt!ExpWorkerThread+0x111", "nt!PspSystemThreadStartup+0x5a", "nt!KiStartSystemThread+0x16"
#define DPC "nt!KiExecuteAllDpcs+0x11c", "nt!KiRetireDpcList+0x1bc", "nt!KiIdleLoop+0x5a"

STACK(leaky_control, POOL, "leakydrv!AllocateContext+0x4e", "leakydrv!DispatchControl+0x1d2",
	CONTROL);
STACK(leaky_queue, POOL, "leakydrv!AllocateContext+0x4e", "leakydrv!QueueRequest+0x77",
	"leakydrv!DispatchControl+0x2f0", CONTROL);
STACK(leaky_read, POOL, "leakydrv!AllocateContext+0x4e", "leakydrv!DispatchRead+0x91", READ);
STACK(leaky_work, POOL, "leakydrv!QueueRequest+0x13c", "leakydrv!WorkerRoutine+0x66", WORKER);
STACK(leaky_dpc, POOL, "leakydrv!AllocateContext+0x4e", "leakydrv!TimerDpc+0x2b", DPC);
STACK(net_receive, POOL, "netfoo!CopyBuffer+0x3a", "netfoo!ReceivePacket+0x204",
	"netfoo!IndicateDpc+0x8c", DPC);
STACK(net_send, POOL, "netfoo!SendComplete+0x5d", "netfoo!IndicateDpc+0xee", DPC);
STACK(net_work, "nt!ExAllocatePoolWithTagPriority+0x87", "netfoo!CopyBuffer+0x3a",
	"netfoo!SendComplete+0xa1", WORKER);
STACK(disk_write, POOL, "diskbar!AllocateSrb+0x29", "diskbar!StartIo+0x18d",
	"diskbar!DispatchWrite+0xc4", WRITE);
STACK(disk_work, POOL, "diskbar!AllocateSrb+0x29", "diskbar!StartIo+0x1f2", WORKER);
STACK(fs_create, POOL, "nt!ExAllocatePoolWithQuotaTag+0x44", "fsqux!CreateFcb+0x10e",
	"fsqux!CommonCreate+0x3d8", "fsqux!FsdCreate+0x9a", "nt!IopParseDevice+0x52a",
	"nt!ObOpenObjectByName+0x1c2", "nt!IopCreateFile+0x2b7", "nt!NtCreateFile+0x78",
	"nt!KiSystemServiceCopyEnd+0x13");
STACK(fs_read, POOL, "fsqux!CreateFcb+0x171", "fsqux!FsdRead+0x6f", READ);
STACK(idle, "nt!KdCheckForDebugBreak+0x2c", "nt!KeUpdateRunTime+0x41",
	"hal!HalpClockInterrupt+0xd3", "nt!KiSecondaryClockInterrupt+0x131", "nt!KiIdleLoop+0x123");

/* The leaking driver has 80 of 100. */
const struct bench_stack symbols_stacks[] = {
	{34, leaky_control, COUNT(leaky_control)},
	{20, leaky_queue, COUNT(leaky_queue)},
	{13, leaky_read, COUNT(leaky_read)},
	{8, leaky_work, COUNT(leaky_work)},
	{5, leaky_dpc, COUNT(leaky_dpc)},
	{6, net_receive, COUNT(net_receive)},
	{3, net_send, COUNT(net_send)},
	{1, net_work, COUNT(net_work)},
	{4, disk_write, COUNT(disk_write)},
	{2, disk_work, COUNT(disk_work)},
	{3, fs_create, COUNT(fs_create)},
	{1, fs_read, COUNT(fs_read)},
};
const size_t symbols_stack_count = COUNT(symbols_stacks);
const struct bench_stack symbols_idle_stack = {0, idle, COUNT(idle)};

const struct bench_symbol *symbols_at(uint64_t address) {
	for (size_t i = 0; i < COUNT(table); i++)
		if (address >= table[i].start && address - table[i].start < table[i].size)
			return &table[i];
	return NULL;
}

const struct bench_module *symbols_module_at(uint64_t address) {
	for (size_t i = 0; i < symbols_module_count; i++)
		if (address >= symbols_modules[i].base &&
			address - symbols_modules[i].base < symbols_modules[i].size)
			return &symbols_modules[i];
	return NULL;
}

uint64_t symbols_address(const char *name) {
	size_t len = strcspn(name, "+");

	for (size_t i = 0; i < COUNT(table); i++) {
		if (strlen(table[i].name) != len || strncmp(table[i].name, name, len) != 0)
			continue;
		return table[i].start + (name[len] == '+' ? strtoull(name + len + 1, NULL, 16) : 0);
	}
	return 0;
}

const char *symbols_name(uint64_t address, char *out, size_t size) {
	const struct bench_symbol *s = symbols_at(address);

	if (s == NULL)
		snprintf(out, size, "%s", "");
	else if (address == s->start)
		snprintf(out, size, "%s", s->name);
	else
		snprintf(out, size, "%s+0x%llx", s->name, (unsigned long long)(address - s->start));
	return out;
}
