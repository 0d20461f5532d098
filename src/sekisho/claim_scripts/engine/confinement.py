"""What the child process gives up, so that a flaw in the engine is worth as little as possible.

`confine` before the engine is loaded, `shut` when everything is read that is read from disk. Each step is what the
machine offers: none is what keeps scripts apart, and one that an older kernel lacks is left out.
"""

import ctypes
import os
import resource
import signal
import sys

_MOST_DATA_BYTES = 1024 * 1024 * 1024
_MOST_PROCESSOR_SECONDS = 900
_MOST_FILES = 256
_NICENESS = 5

# linux/prctl.h
_PARENT_DEATH_SIGNAL = 1
_DUMPABLE = 4
_NO_NEW_PRIVILEGES = 38

# linux/landlock.h, and the numbers of its calls, which are the same on every architecture
_CREATE_RULESET = 444
_RESTRICT_SELF = 446
_ASK_VERSION = 1
#: What may be forbidden, by the version that it came with: kinds of file access, and TCP (bind, connect).
_FILE_ACCESS = {1: 13, 2: 14, 3: 15, 5: 16}
_TCP_VERSION, _TCP_ACCESS = 4, 0b11


def confine(*, parent: int) -> None:
    """Keep the two pipes and a share of the machine, and die with the parent."""
    os.chdir("/")
    os.closerange(3, 65536)
    os.nice(_NICENESS)
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        # Attack: one child of this user that reads another's memory.
        prctl(_DUMPABLE, 0)
        prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        # What is written to counts, not what is reserved: the engine reserves a terabyte.
        _limit(resource.RLIMIT_DATA, _MOST_DATA_BYTES)
    if os.getppid() != parent:  # it died before we could ask to be told
        os._exit(0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, _MOST_FILES)
    _limit(resource.RLIMIT_CPU, _MOST_PROCESSOR_SECONDS)


def shut() -> bool:
    """Open no file and no TCP connection any more; False where the kernel cannot promise that (Landlock)."""
    if sys.platform != "linux":
        return False
    call = ctypes.CDLL(None).syscall
    version = call(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    if version < 1:
        return False
    kinds = max(count for since, count in _FILE_ACCESS.items() if since <= version)
    handled = [(1 << kinds) - 1, *([_TCP_ACCESS] if version >= _TCP_VERSION else [])]
    attributes = (ctypes.c_uint64 * len(handled))(*handled)
    # A ruleset without a rule: of what it handles, nothing is allowed.
    ruleset = call(_CREATE_RULESET, attributes, ctypes.c_size_t(ctypes.sizeof(attributes)), 0)
    if ruleset < 0:
        return False
    is_shut = call(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return bool(is_shut)


def _limit(what: int, most: int) -> None:
    _soft, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))
