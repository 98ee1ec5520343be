// Celery events from the bytes a broker delivers: kombu envelope, base64, zlib or bzip2 where used, JSON by simdjson
// On-Demand or msgpack. No allocation per event: what is read points into buffers of the decoder that live until its next calyx_decoder_begin.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum : uint32_t {
    CALYX_TEXT_ABSENT = 0,
    // The member is there and null, or of a type that text cannot be made of.
    CALYX_TEXT_NULL = 1,
    CALYX_TEXT_PRESENT = 2,
    // Not a string in the event: its JSON as written, of msgpack only numbers and booleans.
    CALYX_TEXT_RAW = 3,
} calyx_text_state;

// UTF-8, not terminated.
typedef struct {
    const char *_Nullable data;
    uint32_t length;
    calyx_text_state state;
} calyx_text;

typedef enum : uint8_t {
    CALYX_EVENT_CUSTOM = 0,
    CALYX_TASK_SENT,
    CALYX_TASK_RECEIVED,
    CALYX_TASK_STARTED,
    CALYX_TASK_SUCCEEDED,
    CALYX_TASK_FAILED,
    CALYX_TASK_RETRIED,
    CALYX_TASK_REVOKED,
    CALYX_TASK_REJECTED,
    // `task-` and any other word.
    CALYX_TASK_CUSTOM,
    CALYX_WORKER_ONLINE,
    CALYX_WORKER_HEARTBEAT,
    CALYX_WORKER_OFFLINE,
    // `worker-` and any other word; elect and elect-ack are among them.
    CALYX_WORKER_CUSTOM,
} calyx_event_kind;

enum {
    CALYX_HAS_TIMESTAMP = 1 << 0,
    CALYX_HAS_RUNTIME = 1 << 1,
    CALYX_HAS_FREQUENCY = 1 << 2,
    CALYX_HAS_PID = 1 << 3,
    CALYX_HAS_CLOCK = 1 << 4,
    CALYX_HAS_RETRIES = 1 << 5,
    CALYX_HAS_ACTIVE = 1 << 6,
    CALYX_HAS_PROCESSED = 1 << 7,
    CALYX_HAS_LOAD_AVERAGE = 1 << 8,
    CALYX_HAS_TERMINATED = 1 << 9,
    CALYX_HAS_EXPIRED = 1 << 10,
    CALYX_HAS_REQUEUE = 1 << 11,
};

// The known members of one event. Numbers are valid when their CALYX_HAS bit is set in `present`.
typedef struct {
    calyx_text type, hostname, uuid, root_id, parent_id, name, args, kwargs, result, exception, traceback;
    calyx_text eta, expires, queue, exchange, routing_key, signum, sw_ident, sw_ver, sw_sys;
    double timestamp, runtime, frequency, load_average[3];
    int64_t pid, clock, retries, active, processed;
    uint32_t present;
    // Members that could not be read as their type: null or raw here.
    uint32_t unreadable;
    calyx_event_kind kind;
    bool terminated, expired, requeue;
} calyx_event;

// Why a payload, or one member of its batch, gives no event.
typedef enum : int32_t {
    CALYX_OK = 0,
    CALYX_OVERSIZED,
    CALYX_BAD_ENVELOPE,
    CALYX_BAD_BODY_ENCODING,
    CALYX_CONTENT_TYPE,
    CALYX_YAML,
    CALYX_PICKLE,
    // By something other than zlib and bzip2.
    CALYX_COMPRESSED,
    CALYX_BAD_COMPRESSION,
    CALYX_BAD_JSON,
    CALYX_BAD_MSGPACK,
    CALYX_NOT_AN_OBJECT,
    CALYX_NO_TYPE,
    CALYX_OUT_OF_MEMORY,
} calyx_problem;

typedef enum : int32_t {
    CALYX_NEXT_END = 0,
    CALYX_NEXT_EVENT,
    // One member is lost; `problem` says why and the batch goes on.
    CALYX_NEXT_PROBLEM,
} calyx_next;

typedef struct calyx_decoder calyx_decoder;

// NULL when out of memory. Payloads longer than `largest` bytes are refused, and so are bodies that decompress to more.
calyx_decoder *_Nullable calyx_decoder_create(size_t largest);
void calyx_decoder_destroy(calyx_decoder *_Nonnull decoder);

// Opens one payload (a kombu envelope). Everything read from the payload before becomes invalid.
calyx_problem calyx_decoder_begin(calyx_decoder *_Nonnull decoder, const void *_Nonnull payload, size_t length);
// The next event of the payload, into `event`.
calyx_next calyx_decoder_next(
    calyx_decoder *_Nonnull decoder, calyx_event *_Nonnull event, calyx_problem *_Nonnull problem);

// The body of the payload, decoded, decompressed and perhaps repaired; its length is 0 when it did not come to that.
const char *_Nullable calyx_decoder_body(const calyx_decoder *_Nonnull decoder, size_t *_Nonnull length);

// Decodes standard base64 (padding and its absence are taken, nothing else is) into `output`, which has room for
// 3 * (length / 4) + 3 + 32 bytes. Returns the number of bytes, or -1.
ptrdiff_t calyx_base64_decode(const char *_Nonnull input, size_t length, char *_Nonnull output);

#ifdef __cplusplus
}
#endif
