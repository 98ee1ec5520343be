// crypt(3) of the system (libxcrypt): bcrypt, yescrypt, scrypt and sha512crypt password hashes.
#include <crypt.h>

// Swift does not import arrays as large as those in crypt_data: the scratch memory is raw bytes of this size.
enum { calyx_crypt_scratch_size = sizeof(struct crypt_data) };
