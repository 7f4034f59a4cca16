"""Hostile scripts, and what is to come of each. `tests.security.test_attacks` runs them.

A script calls ``attempt`` for what it wants. Names in capitals stand for paths, ports and processes of the machine that
runs the tests.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

__all__ = ["ATTACKS", "Attack", "Outcome"]


class Outcome(StrEnum):
    """How a hostile script ends."""

    REFUSED = "every attempt is refused; the script goes on to its end"
    HARMLESS = "the script ends well, for it has reached nothing but what is its own"
    OUT_OF_MEMORY = "the run ends for its memory"
    OUT_OF_DISK = "the run ends for its disk"
    TIMED_OUT = "the run ends at its time limit"
    PROTOCOL = "the run ends for what it sent to the server"
    EXITED = "the run ends because its process did"
    CRASHED = "the run ends because its process was killed by a signal"
    NOT_ALLOWED = "the script is not run at all"


class Attack(NamedTuple):
    """A hostile script."""

    name: str
    outcome: Outcome
    code: str


def _tries(name: str, *lines: str) -> Attack:
    """A script of one-line attempts, all of which are to be refused."""
    return Attack(name, Outcome.REFUSED, "\n".join(f"attempt(lambda: {line})" for line in lines))


R, H = Outcome.REFUSED, Outcome.HARMLESS

FILES = [
    _tries("the passwords of the machine", "read('/etc/shadow')", "read('/etc/gshadow')", "read('/etc/ssh/sshd_config')"),
    Attack(
        "the accounts of the machine",
        H,
        "assert open('/etc/passwd').read().startswith('scenario:') and open('/etc/passwd').read().count('\\n') == 1",
    ),
    _tries("the settings of the workspace", "read(WORKSPACE + '/dm.toml')", "os.listdir(WORKSPACE)"),
    _tries("the state of the server", "os.listdir(WORKSPACE + '/.dm')", "read(WORKSPACE + '/.dm/token')"),
    _tries("another scenario", "read(WORKSPACE + '/neighbour.py')"),
    _tries("the folder of another run", "os.listdir(WORKSPACE + '/.dm/runs')", "os.listdir('/run/..' + WORKSPACE)"),
    _tries("the files of the database", "os.listdir(DATABASE)", "read(DATABASE + '/PG_VERSION')"),
    _tries("the homes of people", "os.listdir('/home')", "os.listdir('/root/.ssh')", "read(HOME + '/.bashrc')"),
    _tries(
        "the interpreter, to change it",
        "open(os.__file__, 'a')",
        "open(os.path.dirname(os.__file__) + '/sitecustomize.py', 'w')",
        "os.unlink(os.__file__)",
        "os.chmod(os.__file__, 0o777)",
        "os.rename(os.__file__, os.__file__ + '2')",
    ),
    _tries("this package, to change it", "open(dm_mcp.__file__, 'a')", "os.mkdir(os.path.dirname(dm_mcp.__file__) + '/x')"),
    _tries(
        "places outside its folder, to write there",
        "open('/evil', 'w')",
        "open('/etc/evil', 'w')",
        "open('/usr/bin/evil', 'w')",
        "open('/etc/passwd', 'a')",
        "os.mkdir('/var')",
        "open('../evil', 'w')",
    ),
    _tries("a way out by a link", "(os.symlink(SECRET, 'link'), read('link'))", "os.link(SECRET, 'hard')"),
    _tries("a way out by a descriptor", "read('/proc/self/cwd/../..' + SECRET)", "read('/proc/self/root' + SECRET)"),
    _tries("the root of the first process", "os.listdir('/proc/1/root')", "read('/proc/1/root' + SECRET)"),
    _tries("folders by their handles", "call(304, 265, -100, 0, 0)", "call(303, 264, -100, 0, 0, 0, 0)"),
    _tries("devices", "os.mknod('disk', 0o60600, os.makedev(8, 0))", "read('/dev/mem')", "read('/dev/kmsg')", "read('/dev/sda')"),
    Attack("its own descriptors", H, "assert sorted(os.listdir('/proc/self/fd'))[:4] == ['0', '1', '2', '3']; "
           "assert len(os.listdir('/proc/self/fd')) == 5"),
]  # fmt: skip

NETWORK = [
    _tries("a connection to loopback", "connect('127.0.0.1', PORT)", "connect('::1', PORT)", "connect('localhost', PORT)"),
    _tries("a connection to the world", "connect('1.1.1.1', 53)", "connect('2606:4700:4700::1111', 53)"),
    _tries("the addresses that clouds tell secrets on", "connect('169.254.169.254', 80)", "connect('fd00:ec2::254', 80)"),
    _tries("datagrams", "datagram('127.0.0.1', PORT)", "datagram('8.8.8.8', 53)"),
    _tries("names", "socket.getaddrinfo('example.com', 80)", "socket.gethostbyname('example.com')"),
    _tries("the database by its socket", "unix(DATABASE_SOCKET)"),
    _tries("a socket of the server", "unix(SERVER_SOCKET)"),
    _tries("an abstract socket", "unix('\\0' + ABSTRACT)"),
    _tries("raw packets", "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)", "socket.socket(17, socket.SOCK_RAW, 3)"),
    _tries("pairs of sockets of other kinds", "socket.socketpair(17, socket.SOCK_RAW)", "socket.socketpair(40, socket.SOCK_STREAM)"),
    _tries("sockets of other kinds", "socket.socket(40, socket.SOCK_STREAM)", "socket.socket(38, socket.SOCK_SEQPACKET)"),
]  # fmt: skip

PROCESSES = [
    _tries("a signal to the server", "os.kill(SERVER_PID, 0)", "os.kill(SERVER_PID, 9)", "os.killpg(SERVER_PID, 9)"),
    _tries("a trace of its keeper", "ctypes_ptrace(1)", "read('/proc/1/mem')", "read('/proc/1/environ')", "read('/proc/1/maps')"),
    _tries("the memory of another process", "call(310, 270, 1, 0, 0, 0, 0, 0)", "call(311, 271, 1, 0, 0, 0, 0, 0)"),
    Attack("processes of others, to see them", H, "assert [n for n in os.listdir('/proc') if n.isdecimal()] == [str(os.getpid())]"),
    Attack("all processes, to kill them", Outcome.CRASHED, "try: os.kill(-1, 9)\nfinally: os.kill(os.getpid(), 9)"),
    Attack("a bomb of processes", Outcome.TIMED_OUT, "while True:\n    try: os.fork()\n    except OSError: time.sleep(0.01)"),
    Attack(
        "a bomb of threads",
        Outcome.REFUSED,
        "def start():\n    for _ in range(5000): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
        "attempt(start)",
    ),
    Attack("a daemon", H, "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(600)\n    os._exit(0)"),
    Attack("a child that ignores signals", H, "if os.fork() == 0:\n    [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]\n    time.sleep(600)"),
    Attack("a child that is stopped", H, "if os.fork() == 0:\n    os.kill(os.getpid(), signal.SIGSTOP)"),
    Attack("a run that ignores its end", Outcome.TIMED_OUT, "[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]\nwhile True: pass"),
]  # fmt: skip

RESOURCES = [
    Attack("memory, at once", Outcome.OUT_OF_MEMORY, "bytearray(1 << 40)"),
    Attack("memory, by and by", Outcome.OUT_OF_MEMORY, "held = []\nwhile True: held.append(bytes(1 << 20))"),
    Attack("memory of many processes", Outcome.OUT_OF_MEMORY,
           "for _ in range(9):\n    if os.fork() == 0: break\nheld = os.urandom(1 << 20) * 100\ntime.sleep(600)"),
    Attack("memory by way of /tmp", R, "def fill():\n    with open('/tmp/x', 'wb') as f:\n        while True: f.write(bytes(1 << 20))\nattempt(fill)"),
    Attack("memory by way of shared memory", R,
           "def fill():\n    with open('/dev/shm/x', 'wb') as f:\n        while True: f.write(bytes(1 << 20))\nattempt(fill)\n"
           "attempt(lambda: call(29, 194, 0, 1 << 30, 0o1600))"),
    _tries("memory of the kernel", "call(64, 190, 0, 32000, 0o1600)", "call(68, 186, 0, 0o1600)", "call(240, 180, 0, 0o102, 0o600, 0)"),
    Attack("descriptors under way, more than the user may have", H,
           "held = []\ntry:\n    while True:\n        a, b = socket.socketpair()\n        held += [a, b]\n"
           "        for _ in range(40): socket.send_fds(a, [b'x'], [0] * 250)\nexcept OSError: pass\ntime.sleep(0.5)"),
    _tries("memory that nothing counts", "os.memfd_create('x')", "call(447, 447, 0)"),
    Attack("the disk", Outcome.OUT_OF_DISK, "with open('x', 'wb') as f:\n    while True: f.write(bytes(1 << 20)); f.flush()"),
    Attack("inodes", Outcome.OUT_OF_DISK, "n = 0\nwhile True:\n    open(str(n), 'w').close(); n += 1"),
    Attack("inodes of /tmp", R, "def fill():\n    for n in range(10_000): open(f'/tmp/{n}', 'w').close()\nattempt(fill)"),
    Attack("descriptors", R, "def fill():\n    held = [open('/dev/null') for _ in range(2000)]\nattempt(fill)"),
    Attack("a log without end", Outcome.TIMED_OUT, "while True: print('x' * 1000)"),
    Attack("one line without end", Outcome.TIMED_OUT, "while True: sys.stdout.write('x' * 100_000)"),
    _tries("larger limits", "resource.setrlimit(resource.RLIMIT_NOFILE, (9999, 9999))",
           "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "resource.setrlimit(resource.RLIMIT_NPROC, (-1, -1))",
           "resource.prlimit(1, resource.RLIMIT_CPU, (1, 1))"),
]  # fmt: skip

PROTOCOL = [
    Attack("garbage on the channel", Outcome.PROTOCOL, "os.write(3, b'garbage' * 100); time.sleep(600)"),
    Attack("a giant frame", Outcome.PROTOCOL, "os.write(3, struct.pack('!IBI', 1 << 31, 2, 1)); time.sleep(600)"),
    Attack("a frame that is long to read", Outcome.PROTOCOL,
           "frame(1, 1, b'{\"op\": \"rm\", \"x\": [' + b'[],' * 5_000_000 + b'[]]}'); time.sleep(600)"),
    Attack("a value that is none", Outcome.PROTOCOL,
           "frame(1, 1, b'{\"op\": {\"$\": [\"timedelta\", \"1 2 3 4 5 6 7 8 9\"]}}'); time.sleep(600)"),
    Attack("a call that there is not", Outcome.PROTOCOL, "frame(1, 1, b'{\"op\": \"rm\"}'); time.sleep(600)"),
    Attack("a call made twice", Outcome.PROTOCOL,
           "body = b'{\"op\": \"connection\", \"name\": \"conn_postgres\"}'\nframe(1, 1, body); frame(1, 1, body); time.sleep(600)"),
    Attack("the server's own kind of frame", Outcome.PROTOCOL, "frame(33, 1, b'{}'); time.sleep(600)"),
    Attack("rows that belong to no call", Outcome.PROTOCOL, "frame(2, 9, b'{}'); time.sleep(600)"),
    Attack("an end without a word", Outcome.EXITED, "os._exit(0)"),
    Attack("a crash in native code", Outcome.CRASHED, "ctypes.string_at(0)"),
    Attack("closed descriptors", Outcome.EXITED, "os.closerange(0, 1000)\nwhile True: pass"),
    Attack("garbage on every descriptor", Outcome.PROTOCOL,
           "for fd in (1, 2, 3):\n    os.write(fd, bytes([255]) * 1024)\ntime.sleep(600)"),
]  # fmt: skip

KERNEL = [
    _tries("new namespaces", "call(272, 97, 0x10000000)", "call(272, 97, 0x00020000)", "call(308, 268, 3, 0)"),
    _tries("namespaces by clone", "call(56, 220, 0x10000011, 0, 0, 0, 0)", "call(435, 435, 0, 0)"),
    _tries("mounts", "call(165, 40, 0, 0, 0, 0, 0)", "call(428, 428, -100, 0, 1)", "call(430, 430, 0, 0)", "call(166, 39, 0, 0)"),
    _tries("another root", "os.chroot('/tmp')", "call(155, 41, 0, 0)"),
    _tries("root's rights", "os.setuid(0)", "os.setresuid(0, 0, 0)", "os.setgroups([0])", "os.chown('/run', 0, 0)"),
    Attack("root's rights by a program", R,
           "open('x', 'w').write('#!/bin/sh\\nid -u')\nos.chmod('x', 0o4755)\n"
           "attempt(lambda: None if subprocess.check_output(['./x'], text=True).strip() == '0' else 1 / 0)"),
    _tries("keyrings", "call(250, 219, 0, -3, 0)", "call(248, 217, 0, 0, 0, 0, 0)"),
    _tries("io_uring", "call(425, 425, 8, 0)"),
    _tries("programs in the kernel", "call(321, 280, 0, 0, 0)", "call(298, 241, 0, 0, 0, 0, 0)", "call(175, 105, 0, 0, 0)"),
    _tries("the machine's clock and name", "time.clock_settime(0, 0)", "socket.sethostname('evil')", "call(169, 142, 0, 0, 0)"),
    _tries("settings of the kernel", "open('/proc/sys/kernel/core_pattern', 'w')", "open('/proc/sysrq-trigger', 'w')",
           "open('/proc/self/uid_map', 'w').write('0 0 1')"),
]  # fmt: skip

SDK = [
    _tries("a connection out of scope", "dm.connection('conn_' + 'other')", "dm.connection('nowhere')"),
    Attack("a patched SDK", R,
           "import dm_mcp.sdk.channel as channel\nchannel.Channel.call = lambda *a, **k: {'id': 'x', 'kind': 'postgres'}\n"
           "attempt(lambda: dm.connection('conn_' + 'other').execute('select 1')[0]['?column?'])"),
    _tries("files of the workspace by way of a template", "dm.generate('../../etc/passwd', 1)", "dm.generate('/etc/passwd', 1)"),
    Attack("secrets of the environment", H, "assert not [k for k in os.environ if 'TEST' in k or 'PASS' in k], os.environ"),
    Attack("more than the policy allows", Outcome.NOT_ALLOWED, "# /// script\n# [tool.dm]\n# network = true\n# ///\nprint(1)"),
    Attack("more time than the limit", Outcome.NOT_ALLOWED, "# /// script\n# [tool.dm]\n# timeout = 9999\n# ///\nprint(1)"),
]  # fmt: skip

ATTACKS = [*FILES, *NETWORK, *PROCESSES, *RESOURCES, *PROTOCOL, *KERNEL, *SDK]
