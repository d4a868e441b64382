/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference guest's first process: brings Linux up, runs Wine, and carries out what Windows'
 * kernel would: reboot, power off, and the stop screen of a bugcheck.
 *
 * It is the initial RAM disk's /init. It loads the modules that /modules/order names, mounts the
 * root disk, moves into it and starts the agent under Wine. Wine's own wineboot comes first: it
 * starts the services and the boot, system and auto-start drivers, as at a start of Windows, and
 * the agent runs once that is done, or is overdue. From then on the first process reaps orphans and
 * reads requests, one a line, from the FIFO /run/truce/control, which programs in the guest reach
 * as \\?\unix\run\truce\control:
 *
 *   ready                the agent serves its port
 *   recovery [on|off]    see below
 *   critical PID NAME    the end of the process PID (Linux' number) is a bugcheck, 0xEF
 *   reset                restart at once, nothing flushed, nobody told
 *   serial TEXT          TEXT to the serial port
 *   reboot | poweroff    stop Wine in order, flush the disk, do it
 *   stop FILE            a bugcheck: FILE (a Linux path) holds the lines of the stop screen
 *
 * A bugcheck flushes Wine's registry and the disk, shows FILE on the serial port and on the VGA
 * console (white on blue), then panics the kernel, so that the panic device tells the hypervisor.
 * Any other death of Linux leaves no STOP line.
 *
 * Starts that fail are counted on the disk: after two in a row that did not come to 'ready', the
 * next one is the recovery environment (recovery.c), as on Windows. The request 'recovery' asks for
 * it at the next start, 'recovery off' and 'recovery on' say whether failed starts lead there.
 *
 * Kernel command line: hostname=NAME (default TRUCE-REF), truce.root=DEVICE (default /dev/vda),
 * truce.safe=1 (only the agent), truce.recovery=1 (start the recovery environment),
 * truce.recovery=0 (by failed starts only after "recovery on"), truce.winedebug=CHANNELS (Wine's
 * messages for these channels, to /wine.log on the root disk).
 */
#define _GNU_SOURCE

#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "events.h"

#define LINE_MAX_BYTES 512
#define STOP_MAX_BYTES 4096
#define ROOT_DEADLINE_MS 20000
#define WINE_EXIT_DEADLINE_MS 20000
#define COM2 "/wine/dosdevices/com2"
#define AGENT_PORT "org.qemu.guest_agent.0"
#define CONTROL "/run/truce/control"
#define WINE "/usr/lib/wine/wine64"
#define SERVICES "/wine/drive_c/windows/system32/services.exe"
#define FAILED_STARTS STATE "/failed-starts"
#define RECOVERY_NEXT STATE "/recovery-next"
#define RECOVERY_SET STATE "/recovery" /* `on` or `off`, where somebody said so */
#define FAILED_STARTS_MAX 2
#define AGENT_OVERDUE_MS 60000
#define CRITICAL_MAX 8
#define AGENT_AGAIN_MS 1000

static int serial = -1;
static int signals = -1;
static enum { MODE_NORMAL, MODE_SAFE, MODE_RECOVERY } mode;
static bool never_recovery;
static bool agent_ready;
static bool agent_on_serial;
static bool ending; /* an end was asked for: processes may go */
static struct {
    pid_t pid;
    char name[32];
} critical[CRITICAL_MAX];
static char root_device[64] = "/dev/vda";
static char host_name[16] = "TRUCE-REF";
static char wine_debug[256] = "WINEDEBUG=-all";

static void serial_write(const char *text, size_t size)
{
    while (size > 0) {
        ssize_t n = write(serial, text, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        text += n;
        size -= (size_t)n;
    }
}

void say(const char *format, ...)
{
    char line[LINE_MAX_BYTES + 64];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof line - 1, format, args);
    va_end(args);
    if (n < 0)
        return;
    if ((size_t)n > sizeof line - 2)
        n = sizeof line - 2;
    line[n++] = '\n';
    serial_write(line, (size_t)n);
}

static void file_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (write(fd, text, strlen(text)) < 0)
        say("truce: init: cannot write %s: %s", path, strerror(errno));
    close(fd);
}

void state_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0 || write(fd, text, strlen(text)) < 0 || fsync(fd))
        say("truce: init: cannot write %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
}

size_t file_read(const char *path, char *ret_text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t used = 0;

    if (fd >= 0) {
        ssize_t n;
        while (used < size - 1 && (n = read(fd, ret_text + used, size - 1 - used)) > 0)
            used += (size_t)n;
        close(fd);
    }
    ret_text[used] = '\0';
    while (used > 0 && ret_text[used - 1] == '\n')
        ret_text[--used] = '\0';
    return used;
}

/* Without its disk or Wine the guest is of no use: say why, and stay, so that the lab's deadline
 * finds the line. Returning from here would panic the kernel and look like a vendor's crash. */
void die(const char *what)
{
    say("truce: init: fatal: %s: %s", what, strerror(errno));
    sync();
    for (;;)
        pause();
}

long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void mount_kernel_filesystems(void)
{
    mkdir("/proc", 0755);
    mkdir("/sys", 0755);
    mkdir("/dev", 0755);
    if (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL) && errno != EBUSY)
        die("mount /dev");
    serial = open("/dev/ttyS0", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (mount("proc", "/proc", "proc", 0, NULL) || mount("sysfs", "/sys", "sysfs", 0, NULL))
        die("mount /proc and /sys");
}

static void read_command_line(void)
{
    char text[2048];
    char *save = NULL;

    file_read("/proc/cmdline", text, sizeof text);
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        if (!strcmp(word, "truce.safe=1"))
            mode = MODE_SAFE;
        else if (!strcmp(word, "truce.recovery=1"))
            mode = MODE_RECOVERY;
        else if (!strcmp(word, "truce.recovery=0"))
            never_recovery = true;
        else if (!strncmp(word, "truce.root=", 11))
            snprintf(root_device, sizeof root_device, "%s", word + 11);
        else if (!strncmp(word, "hostname=", 9))
            snprintf(host_name, sizeof host_name, "%s", word + 9);
        else if (!strncmp(word, "truce.winedebug=", 16))
            snprintf(wine_debug, sizeof wine_debug, "WINEDEBUG=%s", word + 16);
    }
}

static void load_modules(void)
{
    char order[4096], path[160];
    char *save = NULL;

    file_read("/modules/order", order, sizeof order);
    for (char *name = strtok_r(order, "\n", &save); name; name = strtok_r(NULL, "\n", &save)) {
        snprintf(path, sizeof path, "/modules/%s", name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
            say("truce: init: module %s: %s", name, strerror(errno));
        if (fd >= 0)
            close(fd);
    }
}

/* The loopback interface and the network card, which is on no network and gets no address: its
 * cable can be pulled. A machine without a card is none the worse. */
static void start_network(void)
{
    static const char *const names[] = {"lo", "eth0"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct ifreq request = {.ifr_flags = IFF_UP};
        snprintf(request.ifr_name, sizeof request.ifr_name, "%s", names[i]);
        if (ioctl(fd, SIOCSIFFLAGS, &request) && errno != ENODEV)
            say("truce: init: network %s: %s", names[i], strerror(errno));
    }
    close(fd);
}

/* The disk may be found after its driver was loaded: wait for the node to appear in /dev. */
static bool wait_for_path(const char *path, int deadline_ms)
{
    long long end = now_ms() + deadline_ms;
    int watch = inotify_init1(IN_CLOEXEC);
    bool found;

    inotify_add_watch(watch, "/dev", IN_CREATE);
    while (!(found = access(path, F_OK) == 0)) {
        struct pollfd p = {.fd = watch, .events = POLLIN};
        char events[4096];
        long long left = end - now_ms();
        if (left <= 0 || poll(&p, 1, (int)left) <= 0)
            break;
        if (read(watch, events, sizeof events) < 0)
            break;
    }
    close(watch);
    return found;
}

static void enter_root(void)
{
    static const char *const move[] = {"/proc", "/sys", "/dev"};

    mkdir("/root", 0755);
    if (!wait_for_path(root_device, ROOT_DEADLINE_MS)) {
        errno = ENODEV;
        die(root_device);
    }
    if (mount(root_device, "/root", "ext4", MS_NOATIME, NULL))
        die("mount the root disk");
    for (size_t i = 0; i < sizeof move / sizeof *move; i++) {
        char target[32];
        snprintf(target, sizeof target, "/root%s", move[i]);
        if (mount(move[i], target, NULL, MS_MOVE, NULL))
            die(target);
    }
    if (chdir("/root") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
        die("enter the root disk");
    if (mount("tmpfs", "/run", "tmpfs", 0, "mode=0755") ||
        mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777"))
        die("mount /run and /tmp");
}

/* Wine's COM2, for a machine without a virtio port: the agent has the second serial port then, as
 * in guests that know no virtio. */
static void link_serial_port(void)
{
    unlink(COM2);
    if (symlink("/dev/ttyS1", COM2))
        die("name COM2");
    agent_on_serial = true;
}

/* /run/truce/agent-port: a stable name for the agent's virtio port, whatever its number. */
static void link_agent_port(void)
{
    for (int device = 0; device < 4; device++) {
        for (int port = 0; port < 32; port++) {
            char path[96], name[64];
            snprintf(path, sizeof path, "/sys/class/virtio-ports/vport%dp%d/name", device, port);
            if (file_read(path, name, sizeof name) && !strcmp(name, AGENT_PORT)) {
                snprintf(path, sizeof path, "/dev/vport%dp%d", device, port);
                if (symlink(path, AGENT_PORT_LINK))
                    die("name the agent's port");
                return;
            }
        }
    }
    say("truce: init: no virtio port " AGENT_PORT ": the agent takes the second serial port");
    link_serial_port();
}

/* An emulated processor without RDRAND leaves the kernel's generator unready for a second after
 * boot, and the first program that asks waits for it. Nothing in a lab guest is secret: the clocks
 * are seed enough. */
static void seed_random(void)
{
    struct {
        struct rand_pool_info info;
        struct timespec clock[2];
    } seed = {.info = {.entropy_count = 256, .buf_size = sizeof seed.clock}};
    int fd = open("/dev/random", O_WRONLY | O_CLOEXEC);

    clock_gettime(CLOCK_REALTIME, &seed.clock[0]);
    clock_gettime(CLOCK_MONOTONIC, &seed.clock[1]);
    if (fd < 0 || ioctl(fd, RNDADDENTROPY, &seed))
        say("truce: init: cannot seed the random generator: %s", strerror(errno));
    close(fd);
}

static bool failed_starts_lead_to_recovery(void)
{
    char text[16];

    file_read(RECOVERY_SET, text, sizeof text);
    return *text ? !strcmp(text, "on") : !never_recovery;
}

/* Where this start leads, and one failed start more unless it comes to 'ready'. */
static void choose_mode(void)
{
    char text[16];
    int failed;

    mkdir(STATE, 0755);
    file_read(FAILED_STARTS, text, sizeof text);
    failed = atoi(text);
    if (mode == MODE_NORMAL && (!unlink(RECOVERY_NEXT) || (failed >= FAILED_STARTS_MAX &&
                                                           failed_starts_lead_to_recovery()))) {
        say("truce: recovery environment, after %d failed starts", failed);
        mode = MODE_RECOVERY;
    }
    snprintf(text, sizeof text, "%d\n", mode == MODE_RECOVERY ? 0 : failed + 1);
    state_write(FAILED_STARTS, text);
}

/* Wine takes the computer's name from here. */
static void name_machine(void)
{
    char hosts[64];

    sethostname(host_name, strlen(host_name));
    snprintf(hosts, sizeof hosts, "127.0.0.1 localhost %s\n", host_name);
    state_write("/etc/hosts", hosts);
}

static void prepare_system(void)
{
    static const char *const modes[] = {"normal", "safe", "recovery"};
    char boot_id[64];

    name_machine();
    file_write("/proc/sys/kernel/sysrq", "1");
    file_write("/proc/sys/kernel/printk", "1 4 1 1");
    start_network();
    mkdir("/run/truce", 0755);
    if (mkfifo(CONTROL, 0666))
        die("make " CONTROL);
    link_agent_port();
    seed_random();
    /* services.exe looks for it; without services.exe no service and no driver starts. */
    if (mode == MODE_SAFE)
        state_write("/run/truce/safe-mode", "");
    if (mode == MODE_RECOVERY && mount("/dev/null", SERVICES, NULL, MS_BIND, NULL))
        die("recovery");
    file_read("/proc/sys/kernel/random/boot_id", boot_id, sizeof boot_id);
    say("truce: boot %s mode=%s", boot_id, modes[mode]);
}

pid_t start_windows(char **arguments, int in, int out, int err)
{
    char *const environment[] = {"HOME=/root",       "USER=truce", "PATH=/bin",
                                 "WINEPREFIX=/wine", wine_debug,   NULL};
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    arguments[0] = WINE;
    execve(WINE, arguments, environment);
    _exit(127);
}

static pid_t start_agent(void)
{
    char *arguments[] = {NULL,
                         "C:\\truce\\truce-agent.exe",
                         agent_on_serial ? "--com" : "--port",
                         agent_on_serial ? "COM2" : "\\\\?\\unix\\run\\truce\\agent-port",
                         "--control",
                         "\\\\?\\unix\\run\\truce\\control",
                         NULL};
    int log = open("/wine.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pid_t pid = start_windows(arguments, null, log, log);

    close(log);
    close(null);
    return pid;
}

/* A bugcheck needs a program of Windows, which writes the dump and then asks for the stop. */
static void note_death(pid_t pid)
{
    for (size_t i = 0; i < CRITICAL_MAX; i++) {
        if (critical[i].pid != pid)
            continue;
        critical[i].pid = 0;
        if (ending)
            return;
        say("truce: critical process %s died", critical[i].name);
        char *arguments[] = {NULL, "C:\\truce\\truce-bugcheck.exe", "--died", critical[i].name,
                             NULL};
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        start_windows(arguments, null, null, null);
        close(null);
    }
}

/* Reaps every child; true when PID (or, with -1, any Wine process) need not be waited for. */
static bool reap(pid_t pid)
{
    pid_t gone;
    bool seen = false;

    while ((gone = waitpid(-1, NULL, WNOHANG)) > 0) {
        seen = seen || gone == pid;
        note_death(gone);
    }
    return seen || (gone < 0 && errno == ECHILD);
}

/* Waits until the last child has gone (all of Wine's processes are init's, or become so). */
static bool wait_children(int deadline_ms)
{
    long long end = now_ms() + deadline_ms;

    while (!reap(0)) {
        struct pollfd p = {.fd = signals, .events = POLLIN};
        struct signalfd_siginfo info;
        long long left = end - now_ms();
        if (left <= 0 || poll(&p, 1, (int)left) <= 0)
            return false;
        if (read(signals, &info, sizeof info) < 0)
            return false;
    }
    return true;
}

/* wineserver writes the registry when it ends: this is what makes service entries and the like
 * survive a crash that follows an installation at once, as Windows' own flushes do. */
static void stop_wine(void)
{
    ending = true;
    kill(-1, SIGTERM);
    if (!wait_children(WINE_EXIT_DEADLINE_MS)) {
        kill(-1, SIGKILL);
        wait_children(WINE_EXIT_DEADLINE_MS);
    }
    sync();
}

void leave(int how)
{
    say("truce: %s", how == RB_AUTOBOOT ? "reboot" : "power off");
    stop_wine();
    if (mode != MODE_RECOVERY)
        events_at_end();
    umount2("/tmp", MNT_DETACH);
    if (mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL))
        sync();
    reboot(how);
}

static void show_stop_screen(const char *text)
{
    static const char blue[] = "\033[37;44m\033[2J\033[H\033[?25l\r\n";
    int screen = open("/dev/tty1", O_WRONLY | O_NOCTTY | O_CLOEXEC);

    if (screen < 0)
        return;
    if (write(screen, blue, sizeof blue - 1) < 0 || write(screen, text, strlen(text)) < 0)
        say("truce: init: no stop screen: %s", strerror(errno));
    close(screen);
}

static void bugcheck(const char *path)
{
    char text[STOP_MAX_BYTES];

    if (!file_read(path, text, sizeof text)) {
        say("truce: init: a bugcheck without a stop text: %s", path);
        return;
    }
    ending = true;
    events_keep_stop(text);
    stop_wine();
    show_stop_screen(text);
    say("%s", text);
    tcdrain(serial);
    file_write("/proc/sysrq-trigger", "c");
}

static void note_ready(void)
{
    agent_ready = true;
    state_write(FAILED_STARTS, "0\n");
    say("truce: ready");
}

static void add_critical(const char *text)
{
    size_t i = 0;

    while (i < CRITICAL_MAX && critical[i].pid)
        i++;
    if (i == CRITICAL_MAX || sscanf(text, "%d %31s", &critical[i].pid, critical[i].name) != 2)
        say("truce: init: no critical process: %.60s", text);
}

static void request(char *line)
{
    if (!strcmp(line, "ready"))
        note_ready();
    else if (!strncmp(line, "serial ", 7))
        say("%s", line + 7);
    else if (!strcmp(line, "recovery"))
        state_write(RECOVERY_NEXT, "");
    else if (!strcmp(line, "recovery off"))
        state_write(RECOVERY_SET, "off");
    else if (!strcmp(line, "recovery on"))
        state_write(RECOVERY_SET, "on");
    else if (!strncmp(line, "critical ", 9))
        add_critical(line + 9);
    else if (!strcmp(line, "reset"))
        file_write("/proc/sysrq-trigger", "b");
    else if (!strcmp(line, "reboot"))
        leave(RB_AUTOBOOT);
    else if (!strcmp(line, "poweroff"))
        leave(RB_POWER_OFF);
    else if (!strncmp(line, "stop ", 5))
        bugcheck(line + 5);
    else
        say("truce: init: unknown request: %.80s", line);
}

/* Requests come a line at a time from any number of writers; a line that is too long is dropped. */
static void read_requests(int control)
{
    static char line[LINE_MAX_BYTES];
    static size_t used;
    static bool overlong;
    char byte;

    while (read(control, &byte, 1) == 1) {
        if (byte == '\n') {
            line[used] = '\0';
            if (used > 0 && !overlong)
                request(line);
            used = 0;
            overlong = false;
        } else if (byte != '\r') {
            if (used < sizeof line - 1)
                line[used++] = byte;
            else
                overlong = true;
        }
    }
}

/* Ends the process NAME: where wineboot waits for a service that hangs, the agent waits for it. */
static void kill_program(const char *name)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;

    while (proc && (entry = readdir(proc))) {
        char path[300], comm[32];
        pid_t pid = (pid_t)atoi(entry->d_name);
        if (pid <= 1)
            continue;
        snprintf(path, sizeof path, "/proc/%s/comm", entry->d_name);
        if (file_read(path, comm, sizeof comm) && !strcmp(comm, name))
            kill(pid, SIGKILL);
    }
    if (proc)
        closedir(proc);
}

/* The agent is started once, and again whenever it ends, but not faster than AGENT_AGAIN_MS. */
static void supervise(int control)
{
    long long started = 0, overdue = now_ms() + AGENT_OVERDUE_MS;
    pid_t agent = 0;

    for (;;) {
        struct pollfd p[] = {{.fd = control, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
        struct signalfd_siginfo info;
        long long now = now_ms();
        int timeout = -1;

        if (agent == 0 && now >= started + AGENT_AGAIN_MS) {
            agent = start_agent();
            started = now;
        }
        if (agent == 0)
            timeout = (int)(started + AGENT_AGAIN_MS - now);
        else if (!agent_ready && overdue > now)
            timeout = (int)(overdue - now);
        if (poll(p, 2, timeout) < 0 && errno != EINTR)
            die("poll");
        while (read(signals, &info, sizeof info) > 0)
            ;
        if (reap(agent) && agent != 0) {
            say("truce: init: the agent ended");
            agent = 0;
        }
        if (p[0].revents)
            read_requests(control);
        if (!agent_ready && overdue && now_ms() >= overdue) {
            say("truce: init: a service or driver holds up the start");
            kill_program("wineboot.exe");
            overdue = 0;
        }
    }
}

int main(void)
{
    sigset_t children;
    int control;

    mount_kernel_filesystems();
    read_command_line();
    load_modules();
    enter_root();
    choose_mode();
    prepare_system();
    if (mode != MODE_RECOVERY)
        events_at_start();

    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    control = open(CONTROL, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (signals < 0 || control < 0)
        die("open " CONTROL);
    if (mode == MODE_RECOVERY)
        recovery_serve(note_ready);
    supervise(control);
}
