// hiredis parses RESP and formats commands; sockets and TLS are NIO's (docs/architecture.md).
#include <hiredis/hiredis.h>
