/* Stands before libc's file calls (LD_PRELOAD) and counts those that touch one folder; at one of
 * them the call fails, or the process dies.
 *
 * Armed by SHIM_ROOT, SHIM_SPEC and SHIM_TRACE of the environment, or by shim_arm(). A spec is
 * "kind:n:action". Kind: the name of a call below, without 64 and at; "any". N: its n-th use;
 * "n+": that and all later ones. Action: a number, the errno to fail with; "before", "after" or
 * "half" (of what is to be written), when to die; "full", for statvfs: no block is free.
 * The trace gets one line a call: its kind and its path. A write that fails has written half, as
 * on a disk that fills. Nothing is really synced: what a killed process wrote is not lost. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <dirent.h>

_Static_assert(sizeof(off_t) == 8, "calls with and without 64 are the same here");

enum action { NONE, FAIL, BEFORE, HALF, AFTER, FULL };

static char root[4096], kind[16];
static enum action action;
static int code, onward, trace = -1;
static long nth, count;
static char *paths[4096]; /* of the descriptors below the root */

void shim_arm(const char *folder, const char *spec, const char *trace_file)
{
    char name[16] = "", what[16] = "", from[16] = "";
    action = NONE;
    count = 0;
    snprintf(root, sizeof root, "%s", folder ? folder : "");
    if (trace >= 0)
        syscall(SYS_close, trace);
    trace = -1;
    if (trace_file && *trace_file)
        trace = syscall(SYS_openat, AT_FDCWD, trace_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                        0666);
    if (!spec || sscanf(spec, "%15[^:]:%15[^:]:%15s", name, from, what) != 3)
        return;
    memcpy(kind, name, sizeof kind);
    nth = atol(from);
    onward = strchr(from, '+') != NULL;
    code = atoi(what);
    action = code ? FAIL
             : !strcmp(what, "before") ? BEFORE
             : !strcmp(what, "half")   ? HALF
             : !strcmp(what, "after")  ? AFTER
                                       : FULL;
}

__attribute__((constructor)) static void start(void)
{
    shim_arm(getenv("SHIM_ROOT"), getenv("SHIM_SPEC"), getenv("SHIM_TRACE"));
}

static int below(const char *path)
{
    size_t length = strlen(root);
    return length && path && !strncmp(path, root, length) && (!path[length] || path[length] == '/');
}

/* Counts one use of a call; what is to happen to it. Returns FAIL with errno set. */
static enum action used(const char *name, const char *path)
{
    char line[4200];
    if (!below(path))
        return NONE;
    if (trace >= 0)
        syscall(SYS_write, trace, line, snprintf(line, sizeof line, "%s %s\n", name, path));
    if (action == NONE || (strcmp(kind, "any") && strcmp(kind, name)))
        return NONE;
    long now = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    if (now != nth && !(onward && now > nth))
        return NONE;
    if (action == BEFORE)
        syscall(SYS_kill, getpid(), SIGKILL);
    errno = code;
    return action;
}

static const char *path_of(int descriptor)
{
    return descriptor >= 0 && descriptor < 4096 ? paths[descriptor] : NULL;
}

static int opened(int descriptor, const char *path)
{
    if (descriptor >= 0 && descriptor < 4096 && below(path))
        paths[descriptor] = strdup(path);
    return descriptor;
}

static void die_after(enum action what)
{
    if (what == AFTER || what == HALF)
        syscall(SYS_kill, getpid(), SIGKILL);
}

#define REAL(type, name) ((type)dlsym(RTLD_NEXT, #name))

/* The body of a call: as KIND on PATH, what it REALLY does. */
#define CALL(type, kind, path, really)              \
    do {                                            \
        enum action what = used(kind, path);        \
        if (what == FAIL)                           \
            return (type)-1;                        \
        type result = really;                       \
        die_after(what);                            \
        return result;                              \
    } while (0)

static int open_at(int folder, const char *path, int flags, mode_t mode)
{
    CALL(int, "open", path, opened(syscall(SYS_openat, folder, path, flags, mode), path));
}

#define OPEN(name, arguments, folder)                         \
    int name arguments                                        \
    {                                                         \
        va_list rest;                                         \
        va_start(rest, flags);                                \
        mode_t mode = flags & O_CREAT ? va_arg(rest, int) : 0; \
        va_end(rest);                                         \
        return open_at(folder, path, flags, mode);            \
    }
OPEN(open, (const char *path, int flags, ...), AT_FDCWD)
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD)
OPEN(openat, (int folder, const char *path, int flags, ...), folder)
OPEN(openat64, (int folder, const char *path, int flags, ...), folder)

int close(int descriptor)
{
    char *path = (char *)path_of(descriptor);
    if (!path)
        return syscall(SYS_close, descriptor);
    paths[descriptor] = NULL;
    enum action what = used("close", path);
    int error = errno, result = syscall(SYS_close, descriptor); /* on Linux it is closed anyway */
    die_after(what);
    free(path);
    if (what != FAIL)
        return result;
    errno = error;
    return -1;
}

/* Python's os.dup: what it gives is of the same file. */
#define FCNTL(name)                                                              \
    int name(int descriptor, int command, ...)                                   \
    {                                                                            \
        va_list rest;                                                            \
        va_start(rest, command);                                                 \
        int result = syscall(SYS_fcntl, descriptor, command, va_arg(rest, long)); \
        va_end(rest);                                                            \
        return command == F_DUPFD_CLOEXEC ? opened(result, path_of(descriptor)) : result; \
    }
FCNTL(fcntl)
FCNTL(fcntl64)

static ssize_t put(const char *name, int descriptor, const void *data, size_t size, off_t place)
{
    int call = place < 0 ? SYS_write : SYS_pwrite64;
    enum action what = used(name, path_of(descriptor));
    if (what == FAIL || what == HALF)
        size /= 2;
    ssize_t result = syscall(call, descriptor, data, size, place);
    die_after(what);
    if (what != FAIL)
        return result;
    errno = code;
    return -1;
}

ssize_t write(int descriptor, const void *data, size_t size)
{
    return put("write", descriptor, data, size, -1);
}

#define PWRITE(name)                                                             \
    ssize_t name(int descriptor, const void *data, size_t size, off_t place)     \
    {                                                                            \
        return put("pwrite", descriptor, data, size, place);                     \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t read(int descriptor, void *data, size_t size)
{
    CALL(ssize_t, "read", path_of(descriptor), syscall(SYS_read, descriptor, data, size));
}

#define PREAD(name)                                                              \
    ssize_t name(int descriptor, void *data, size_t size, off_t place)           \
    {                                                                            \
        CALL(ssize_t, "pread", path_of(descriptor),                              \
             syscall(SYS_pread64, descriptor, data, size, place));               \
    }
PREAD(pread)
PREAD(pread64)

#define SYNC(name)                                                               \
    int name(int descriptor)                                                     \
    {                                                                            \
        CALL(int, #name, path_of(descriptor), 0);                                \
    }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name)                                                           \
    int name(int descriptor, off_t size)                                         \
    {                                                                            \
        CALL(int, "ftruncate", path_of(descriptor),                              \
             syscall(SYS_ftruncate, descriptor, size));                          \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

int rename(const char *from, const char *to)
{
    CALL(int, "rename", to, syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int mkdir(const char *path, mode_t mode)
{
    CALL(int, "mkdir", path, syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

int unlink(const char *path)
{
    CALL(int, "unlink", path, syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

DIR *opendir(const char *path)
{
    enum action what = used("opendir", path);
    if (what == FAIL)
        return NULL;
    DIR *result = REAL(DIR *(*)(const char *), opendir)(path);
    die_after(what);
    return result;
}

#define STAT(name, result)                                                       \
    int name(const char *path, struct result *answer)                            \
    {                                                                            \
        CALL(int, "stat", path, REAL(int (*)(const char *, struct result *), name)(path, answer)); \
    }
STAT(stat, stat)
STAT(stat64, stat64)
STAT(lstat, stat)
STAT(lstat64, stat64)

#define STATVFS(name, result)                                                    \
    int name(const char *path, struct result *answer)                            \
    {                                                                            \
        enum action what = used("statvfs", path);                                \
        if (what == FAIL)                                                        \
            return -1;                                                           \
        int done = REAL(int (*)(const char *, struct result *), name)(path, answer); \
        die_after(what);                                                         \
        if (what == FULL)                                                        \
            answer->f_bavail = 0;                                                \
        return done;                                                             \
    }
STATVFS(statvfs, statvfs)
STATVFS(statvfs64, statvfs64)
