"""The two ways in which a run ends early."""


class UserError(Exception):
    """Something the user can mend.

    The message is one sentence that names the file or setting, says what is wrong and what to do.
    The command line prints it without a traceback and exits with code 2.
    """


class Stopped(Exception):
    """The user stopped the run; what was finished so far is kept (exit code 130)."""
