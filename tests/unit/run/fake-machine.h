/* SPDX-License-Identifier: GPL-2.0-or-later
 * A machine without a hypervisor: host/ as the engine sees it, with a scripted guest that speaks
 * the agent's protocol. Linked in the place of truce-host.
 *
 * The script is one for the program; a test fills it in before its run.
 */
#pragma once

#include "host/machine.h"

/* What happens to a fake machine when a rule or a boot says so. */
typedef enum {
    FAKE_NOTHING,
    FAKE_BUGCHECK,            /* STOP lines on the serial port, a crash dump, PANIC */
    FAKE_BUGCHECK_LATE,       /* the same, but PANIC comes when it is restarted on purpose */
    FAKE_BUGCHECK_UNANSWERED, /* the same before the command is answered */
    FAKE_PANIC,               /* PANIC alone: the guest's own kernel */
    FAKE_RESET,               /* restarts by itself */
    FAKE_LOST,                /* QEMU is gone */
    FAKE_HOST_GONE,           /* and libvirt with it: the host does not answer any more */
    FAKE_OFF_SOON,            /* powers off once the lab waits */
    FAKE_PANIC_SOON,
    FAKE_SILENCE,   /* the agent never answers again: a processor spins */
    FAKE_HALT,      /* the same with processors that stand halted */
    FAKE_AGENT_END, /* the agent ends; the guest goes on */
    FAKE_RECOVERY,  /* until it is switched off, its recovery environment answers */
    FAKE_NONSENSE,  /* the agent answers every later command with what is no answer */
    FAKE_SLOW,      /* the agent does not answer for 1.5 s, then goes on */
    FAKE_HOOK,      /* the script's hook is called: until it returns, so lasts the command */
    FAKE_ADD_FILE,  /* the rule's file appears */
    FAKE_QUARANTINE /* every dropped file moves to the quarantine at once, from now on */
} FakeEffect;

typedef struct {
    const char *match; /* part of a command line */
    int exit_code;
    FakeEffect effect;
    const char *file;     /* FAKE_ADD_FILE */
    guint clones;         /* 0: on every clone, else only on the first so many of the run */
    const char *after[2]; /* command lines of this machine that must have come before, in order */
    const char *module;   /* FAKE_BUGCHECK: that the STOP names; NULL: alpha.sys */
} FakeRule;

typedef struct {
    const FakeRule *rules; /* ended by one without match; the first that matches counts */
    const char *loop_file; /* while this exists, every normal boot ends in loop_effect */
    FakeEffect loop_effect;
    bool locked;            /* no file below C:\\Alpha can be deleted */
    guint loop_boots;       /* 0: at every boot, else only at the first so many */
    FakeEffect safe_effect; /* at every boot in safe mode */
    FakeEffect boot_effect; /* at the first boot of every clone */
    FakeEffect late_effect; /* when crash dumps are first asked for, with a product installed */
    MachineEvent nmi_event; /* what an NMI brings */
    bool cpus_dead;         /* processors are halted, with interrupts off */
    MachineEvent
        resume_events[4]; /* what comes after the first times that a panic is gone on from */
    guint resumes;        /* counted: how often it was gone on from */
    char *events;         /* what the System log has when it is asked, or NULL */
    void (*hook)(void);   /* FAKE_HOOK */
    /* What a command line prints, and what a file holds, on the so manieth clone of the run: with
     * g_malloc(), or NULL for what is usual. */
    char *(*prints)(guint clone, const char *line);
    char *(*reads)(guint clone, const char *path);
    guint quarantine_ms;     /* so long a dropped file stays where it is */
    bool remote;             /* libvirt is on another host … */
    bool host_gone;          /* … and does not answer */
    const char *reset_loses; /* QEMU ends when it is to be reset, and this is why */
    bool no_disk;            /* there is no libguestfs */
    bool tells_waiting;      /* how long its processors waited is known … */
    guint64 waited_us;       /* … and that long … */
    guint64 others_us;       /* … and how long the host worked for others */
    const char *dump;        /* name of a crash dump that is there at the end, or NULL */
    const char *secret;      /* what only the guest may be told, or NULL */
    guint commands, texts;   /* counted: command lines and files that it was told it in */
    bool copy_fails;         /* no state can be saved for other cases … */
    bool shared_fails;       /* … or used */
    bool shared_in_turn;     /* … each waits a moment for the next one that tries */
    guint sharers;           /* counted: how many tried */
    bool shared_forgets;     /* … or their clones hold nothing of the saved memory */
    bool warm_forgets;       /* so do clones of the guest's own warm state */
    bool savers_fail;        /* no machine starts that a state can be saved of */
    bool copies_crash;       /* the guest crashes while its state is saved */
    bool keeps_name;         /* clones have the template's name, whatever they are told */
    guint copies;            /* counted: states saved … */
    bool copies_meet;        /* … each waits a moment for a second at the same time */
    guint copies_at_once;    /* counted: how many were on the disk together */
    guint savers;            /* counted: machines that a state could be saved of */
    guint clones;            /* counted: how many machines there were */
    guint alive;             /* counted: how many still live */
} FakeScript;

extern FakeScript fake;

/* Clears the script. */
void fake_reset(void);

/* What the script makes of an NMI; machine_nmi() itself is among the faults (fake-fault.c). */
void fake_nmi(Machine *machine);
