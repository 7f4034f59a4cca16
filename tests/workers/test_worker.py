"""How a worker ends, by itself or killed, and that nothing stays of it."""

from __future__ import annotations

import asyncio

import pytest

from tests.workers.harness import Bench, first_line, open_fds, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAEMON = """
    import os, time
    def daemon():
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.closerange(0, 100)
                time.sleep(600)
            os._exit(0)
        os.wait()
    daemon()
"""


async def test_a_line_arrives_while_the_script_still_runs(bench: Bench) -> None:
    worker = await bench.launch("print('hello'); import time; time.sleep(600)")
    try:
        assert await first_line(worker) == "hello"
        assert bench.left()
    finally:
        await worker.close()
    await until(lambda: not bench.left())


async def test_text_without_a_line_end_comes_when_the_worker_is_dead(bench: Bench) -> None:
    outcome = await bench.run("import sys; print('out', end=''); sys.stderr.write('err')")
    assert outcome == (0, ["out"], ["err"])


async def test_bytes_that_are_not_text_are_replaced(bench: Bench) -> None:
    outcome = await bench.run(r"import os; os.write(1, b'\x00{\"jsonrpc\"}\xff\n')")
    assert outcome.stdout == ['\x00{"jsonrpc"}�']


async def test_text_that_utf8_can_not_hold_is_escaped(bench: Bench) -> None:
    assert (await bench.run(r"print('a\ud800b')")).stdout == [r"a\ud800b"]


async def test_one_endless_line_comes_in_pieces(bench: Bench) -> None:
    outcome = await bench.run("print('x' * 300_000)")
    assert [len(line) for line in outcome.stdout] == [65536, 65536, 65536, 65536, 300_000 - 4 * 65536]


async def test_many_lines_all_arrive_in_order(bench: Bench) -> None:
    outcome = await bench.run("for n in range(20_000): print(n)")
    assert outcome.stdout == [str(n) for n in range(20_000)]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("pass", 0),
        ("import os; os._exit(3)", 3),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -15),
        ("import ctypes; ctypes.string_at(0)", -11),
    ],
)
async def test_the_status_is_the_scripts_own(bench: Bench, code: str, status: int) -> None:
    assert (await bench.run(code)).status == status


async def test_a_crash_in_native_code_says_where_it_was(bench: Bench) -> None:
    outcome = await bench.run("import ctypes; ctypes.string_at(0)")
    assert '  File "script.py", line 1 in <module>' in outcome.stderr


async def test_an_exception_of_the_entry_is_told_on_stderr(bench: Bench) -> None:
    outcome = await bench.run("1 / 0")
    assert outcome.status == 1
    assert outcome.stderr[-1] == "ZeroDivisionError: division by zero"


async def test_memory_over_the_limit_is_an_error_of_the_script(bench: Bench) -> None:
    outcome = await bench.run(
        """
        try:
            bytearray(1500 << 20)
        except MemoryError:
            print('refused')
        """,
        memory=1 << 30,
    )
    assert outcome == (0, ["refused"], [])


async def test_closing_every_descriptor_harms_only_the_script(bench: Bench) -> None:
    outcome = await bench.run("import os; print('before'); os.closerange(0, 1024); print('after')")
    assert outcome.stdout == ["before"]
    assert (await bench.run("print(1)")).stdout == ["1"]


async def test_a_script_that_replaces_its_streams_still_ends(bench: Bench) -> None:
    assert (await bench.run("import sys; sys.stdout.close(); sys.stderr = None")).status == 0


async def test_a_busy_loop_is_killed(bench: Bench) -> None:
    worker = await bench.launch("print(1)\nwhile True: pass")
    await first_line(worker)
    await worker.kill()
    assert await worker.wait() == -9
    assert not bench.left()
    await worker.close()


async def test_a_script_that_ignores_every_signal_is_killed(bench: Bench) -> None:
    worker = await bench.launch(
        """
        import signal
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        print(1)
        while True: pass
        """
    )
    await first_line(worker)
    await worker.kill()
    assert await worker.wait() == -9
    assert not bench.left()
    await worker.close()


async def test_the_script_s_children_die_with_it(bench: Bench) -> None:
    worker = await bench.launch(
        """
        import os, time
        for _ in range(5):
            if os.fork() == 0:
                os.fork()
                time.sleep(600)
        print(1)
        while True: pass
        """
    )
    await first_line(worker)
    await worker.kill()
    await worker.close()
    await until(lambda: not bench.left())


async def test_children_that_keep_the_pipes_open_do_not_outlive_a_normal_end(bench: Bench) -> None:
    outcome = await bench.run("import os, time\nif os.fork() == 0: time.sleep(600)\nprint('done', end='')")
    assert outcome.stdout == ["done"]
    await until(lambda: not bench.left())


async def test_a_daemon_does_not_outlive_a_normal_end(tight: Bench) -> None:
    outcome = await tight.run(DAEMON)
    assert outcome.status == 0
    assert not tight.left()


async def test_a_daemon_does_not_outlive_a_kill(tight: Bench) -> None:
    worker = await tight.launch(DAEMON + "    print(1)\n    while True: pass")
    await first_line(worker)
    await worker.kill()
    assert not tight.left()
    await worker.close()


async def test_a_chain_of_processes_that_fork_and_die_is_caught(tight: Bench) -> None:
    worker = await tight.launch(
        """
        import os, time
        print(1)
        while True:
            if os.fork():
                os._exit(0)
            os.setsid()
            time.sleep(0.001)
        """
    )
    await first_line(worker)
    await worker.kill()
    await worker.close()
    await until(lambda: not tight.left())


async def test_killing_the_parent_saves_no_process(tight: Bench) -> None:
    outcome = await tight.run(DAEMON + "    os.kill(os.getppid(), 9)\n    time.sleep(0.1)\n    os._exit(7)")
    assert outcome.status in {7, -9}
    await until(lambda: not tight.left())
    assert (await tight.run("print(1)")).stdout == ["1"]


async def test_stopping_the_parent_does_not_stop_a_kill(tight: Bench) -> None:
    worker = await tight.launch("import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)\nprint(1)\nwhile True: pass")
    await first_line(worker)
    await worker.kill()
    assert not tight.left()
    await worker.close()


async def test_several_may_wait_and_a_cancelled_wait_harms_nothing(bench: Bench) -> None:
    worker = await bench.launch("control.recv(1)")
    waits = [asyncio.create_task(worker.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    waits[0].cancel()
    worker.control.close()
    assert await asyncio.gather(*waits[1:]) == [0, 0]
    assert waits[0].cancelled()
    await worker.close()


async def test_kill_and_close_may_be_called_again_and_after_the_end(bench: Bench) -> None:
    worker = await bench.launch("pass")
    await worker.wait()
    await asyncio.gather(worker.kill(), worker.kill(), worker.close(), worker.close())
    await worker.kill()
    await worker.close()
    assert worker.read_output() == []
    assert await worker.wait() == 0


async def test_close_is_whole_even_when_its_caller_is_cancelled(bench: Bench) -> None:
    before = open_fds("self")
    worker = await bench.launch("print(1)\nwhile True: pass")
    await first_line(worker)
    closing = asyncio.create_task(worker.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert not bench.left()
    assert open_fds("self") == before


async def test_a_reader_is_not_called_again_and_again_after_the_end(bench: Bench) -> None:
    worker = await bench.launch("import os; os.close(1); os.close(2); control.send(b'.'); control.recv(1)")
    calls = 0

    def read() -> None:
        nonlocal calls
        calls += 1
        worker.read_output()

    worker.on_output(read)
    await asyncio.get_running_loop().sock_recv(worker.control, 1)
    await until(lambda: calls > 0)
    for _ in range(50):
        await asyncio.sleep(0)
    assert calls <= 2  # one for each pipe
    await worker.close()
