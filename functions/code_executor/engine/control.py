"""What broker and zygote tell each other, in records of fixed size."""

import struct

# To the zygote: a letter and a process. From it: a letter, a process, a status.
COMMAND = struct.Struct("!cI")
REPORT = struct.Struct("!cIi")
FORK, KILL = b"F", b"K"
# BORN comes with the broker's end of the child's socket and whether all modules are loaded;
# BURIED with the wait status.
BORN, BURIED, LOADED = b"B", b"D", b"L"
