"""The command line: ``napari-binn``, or ``python -m napari_binn``.

Importing it loads neither torch, Qt, napari nor pydantic, so that ``--help`` answers at once: each
command imports what it needs when it runs.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

import typer

from ..errors import Stopped, UserError
from .hints import hinted

DONE, FAILED, BAD_INPUT, STOPPED = 0, 1, 2, 130

# typer brings the exceptions of its parser under different names in different versions, but always
# with BadParameter as a kind of usage error.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line on ``args`` (those of the process if None) and return its exit code.

    0 done, 2 bad input (one sentence on stderr), 130 stopped by the user. Anything else that goes
    wrong is a defect and leaves a traceback.
    """
    from .app import app

    words = list(sys.argv[1:] if args is None else args)
    command = typer.main.get_command(app)
    try:
        code = command.main(words, prog_name="napari-binn", standalone_mode=False, obj=words)
    except UserError as error:
        return _say(hinted(str(error)), BAD_INPUT)
    except _UsageError as error:
        return _say(_usage_sentence(error), BAD_INPUT)
    except (Stopped, KeyboardInterrupt, typer.Abort) as stop:
        return _say(str(stop) or "Stopped.", STOPPED)
    except BrokenPipeError:
        return _nobody_reads()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        return _say("The disk is full: free some space and try again.", BAD_INPUT)
    return code if isinstance(code, int) else DONE


def _say(sentence: str, code: int) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return code


def _usage_sentence(error: Exception) -> str:
    """Return what was wrong with the words of the command line, and where to read on."""
    message = str(error.format_message() if hasattr(error, "format_message") else error)
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "napari-binn"
    return f"{message.rstrip().rstrip('.')}: see '{command} --help'."


def _nobody_reads() -> int:
    """Return quietly when the reader of stdout went away, as in ``… doctor | head -1``."""
    # Python flushes stdout once more at exit: give it a place where that works.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED
