// crypt(3) of the system (libxcrypt): bcrypt and yescrypt password hashes.
#include <crypt.h>
