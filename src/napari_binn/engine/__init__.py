"""The engine room: a process of its own that computes for the window in front of the user.

napari holds neither torch nor Julia. The window writes requests and commands, one JSON line each,
to the engine's standard input, and reads events from its standard output. When the window goes
away, however it goes, the input ends and so does the engine.
"""
