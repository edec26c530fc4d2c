// Keeps machine code that liborc compiles in memory instead of a file. Linking the target is all that it takes.
#pragma once
