/* Loaded into the server with LD_PRELOAD. It counts the calls that change files whose path begins with FAULTS_PATH, and makes
 * chosen ones fail. The test reads and writes the counts and the choice through the file FAULTS_CONTROL, which is mapped here.
 *
 * After each successful sync of a file it copies that file to PATH.synced: what would be left of it if the power failed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum kind { NONE, EIO_ERROR, ENOSPC_ERROR, SHORT, TORN, KILL_BEFORE, KILL_TORN, DELAY };

/* Eight bytes each; tests/faults/shim.rs has the same layout. */
struct control {
    _Atomic uint64_t calls;        /* calls so far */
    _Atomic uint64_t first, last;  /* the calls that a fault is injected into, counted from 1 */
    _Atomic uint64_t kind;
    _Atomic uint64_t fired;        /* faults that were injected */
    _Atomic uint64_t delay_ms;
    _Atomic uint64_t only;         /* the operation that counts, by its letter; 0 for all */
};

static struct control *control;
static const char *prefix;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("FAULTS_CONTROL");
    prefix = getenv("FAULTS_PATH");
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR) : -1;
    if (fd < 0 || !prefix) return;
    void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED) control = mapped;
    syscall(SYS_close, fd);
}

static int watched(const char *path) { return control && path && strncmp(path, prefix, strlen(prefix)) == 0; }

/* The path of an open file, if it is watched. */
static int watched_file(int fd, char *path, size_t size) {
    char link[64];
    if (!control) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return watched(path);
}

/* Counts a call; the fault to inject into it. Kills and delays happen here. */
static enum kind fault(char operation) {
    if (control->only && control->only != (uint64_t)operation) return NONE;
    uint64_t call = atomic_fetch_add(&control->calls, 1) + 1;
    if (call < control->first || call > control->last) return NONE;
    enum kind kind = (enum kind)control->kind;
    atomic_fetch_add(&control->fired, 1);
    if (kind == KILL_BEFORE) kill(getpid(), SIGKILL);
    if (kind == DELAY) {
        struct timespec time = {control->delay_ms / 1000, (long)(control->delay_ms % 1000) * 1000000};
        nanosleep(&time, NULL);
    }
    return kind;
}

static int error_of(enum kind kind) { return kind == ENOSPC_ERROR ? ENOSPC : EIO; }
static int fails(enum kind kind) { return kind == EIO_ERROR || kind == ENOSPC_ERROR || kind == TORN; }

typedef ssize_t (*writer)(int fd, const void *bytes, size_t count, off_t at);
static ssize_t plain(int fd, const void *bytes, size_t count, off_t at) {
    (void)at;
    return syscall(SYS_write, fd, bytes, count);
}
static ssize_t positioned(int fd, const void *bytes, size_t count, off_t at) {
    return syscall(SYS_pwrite64, fd, bytes, count, at);
}

static ssize_t faulty_write(int fd, const void *bytes, size_t count, off_t at, writer real) {
    char path[4096];
    if (!watched_file(fd, path, sizeof path)) return real(fd, bytes, count, at);
    switch (fault('w')) {
    case EIO_ERROR: errno = EIO; return -1;
    case ENOSPC_ERROR: errno = ENOSPC; return -1;
    case SHORT: return real(fd, bytes, count > 1 ? count / 2 : count, at);
    case TORN: real(fd, bytes, count / 2, at); errno = EIO; return -1;
    case KILL_TORN: real(fd, bytes, count / 2, at); kill(getpid(), SIGKILL); return -1;
    default: return real(fd, bytes, count, at);
    }
}

ssize_t write(int fd, const void *bytes, size_t count) { return faulty_write(fd, bytes, count, 0, plain); }
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return faulty_write(fd, bytes, count, at, positioned); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) { return faulty_write(fd, bytes, count, at, positioned); }

static void keep_synced(int fd, const char *path) {
    char copy[4200], bytes[65536];
    snprintf(copy, sizeof copy, "%s.synced", path);
    int to = (int)syscall(SYS_openat, AT_FDCWD, copy, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (to < 0) return;
    off_t at = 0;
    ssize_t count;
    while ((count = syscall(SYS_pread64, fd, bytes, sizeof bytes, at)) > 0) {
        syscall(SYS_write, to, bytes, count);
        at += count;
    }
    syscall(SYS_close, to);
}

static int faulty_sync(int fd, long number) {
    char path[4096];
    if (!watched_file(fd, path, sizeof path)) return (int)syscall(number, fd);
    enum kind kind = fault('s');
    if (kind == KILL_TORN) kill(getpid(), SIGKILL);
    if (fails(kind)) { errno = error_of(kind); return -1; }
    int outcome = (int)syscall(number, fd);
    if (outcome == 0) keep_synced(fd, path);
    return outcome;
}

int fsync(int fd) { return faulty_sync(fd, SYS_fsync); }
int fdatasync(int fd) { return faulty_sync(fd, SYS_fdatasync); }

static int faulty_truncate(int fd, off_t length) {
    char path[4096];
    if (watched_file(fd, path, sizeof path)) {
        enum kind kind = fault('t');
        if (kind == KILL_TORN) kill(getpid(), SIGKILL);
        if (fails(kind)) { errno = error_of(kind); return -1; }
    }
    return (int)syscall(SYS_ftruncate, fd, length);
}

int ftruncate(int fd, off_t length) { return faulty_truncate(fd, length); }
int ftruncate64(int fd, off_t length) { return faulty_truncate(fd, length); }

int rename(const char *from, const char *to) {
    if (watched(from) || watched(to)) {
        enum kind kind = fault('r');
        if (kind == KILL_TORN) kill(getpid(), SIGKILL);
        if (fails(kind)) { errno = error_of(kind); return -1; }
    }
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path) {
    if (watched(path)) {
        enum kind kind = fault('u');
        if (kind == KILL_TORN) kill(getpid(), SIGKILL);
        if (fails(kind)) { errno = error_of(kind); return -1; }
    }
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
