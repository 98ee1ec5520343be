// Which member of an event is which field of its record: one table for every serializer.
#pragma once

#include "decoder.hpp"

#include <cstring>

namespace calyx {

// Fields beyond these are refused: dates that no calendar shows.
inline constexpr double kLatestTimestamp = 253402300799.0;

}  // namespace calyx

// `key` points into padded text, so that comparing a few bytes beyond its end is safe.
template <class Value>
void calyx_decoder::member(const char *key, Value value, calyx_event &event) {
    const auto is = [key](std::string_view name) { return std::memcmp(key, name.data(), name.size()) == 0; };
    switch (*key) {
    case 'a':
        if (is("args\"")) take(value, event.args, event);
        else if (is("active\"")) take(value, event.active, CALYX_HAS_ACTIVE, event);
        break;
    case 'c':
        if (is("clock\"")) take(value, event.clock, CALYX_HAS_CLOCK, event);
        break;
    case 'e':
        if (is("eta\"")) take(value, event.eta, event);
        else if (is("expires\"")) take(value, event.expires, event);
        else if (is("expired\"")) take(value, event.expired, CALYX_HAS_EXPIRED, event);
        else if (is("exchange\"")) take(value, event.exchange, event);
        else if (is("exception\"")) take(value, event.exception, event);
        break;
    case 'f':
        if (is("freq\"")) take(value, event.frequency, CALYX_HAS_FREQUENCY, 0, 86400, event);
        break;
    case 'h':
        if (is("hostname\"")) take(value, event.hostname, event);
        break;
    case 'k':
        if (is("kwargs\"")) take(value, event.kwargs, event);
        break;
    case 'l':
        if (is("loadavg\"")) take_load_average(value, event);
        break;
    case 'n':
        if (is("name\"")) take(value, event.name, event);
        break;
    case 'p':
        if (is("pid\"")) take(value, event.pid, CALYX_HAS_PID, event);
        else if (is("parent_id\"")) take(value, event.parent_id, event);
        else if (is("processed\"")) take(value, event.processed, CALYX_HAS_PROCESSED, event);
        break;
    case 'q':
        if (is("queue\"")) take(value, event.queue, event);
        break;
    case 'r':
        if (is("root_id\"")) take(value, event.root_id, event);
        else if (is("retries\"")) take(value, event.retries, CALYX_HAS_RETRIES, event);
        else if (is("result\"")) take(value, event.result, event);
        else if (is("runtime\"")) take(value, event.runtime, CALYX_HAS_RUNTIME, 0, 1e15, event);
        else if (is("routing_key\"")) take(value, event.routing_key, event);
        else if (is("requeue\"")) take(value, event.requeue, CALYX_HAS_REQUEUE, event);
        break;
    case 's':
        if (is("signum\"")) {
            // A number in most versions, text in some: either is kept as written.
            const uint32_t before = event.unreadable;
            take(value, event.signum, event);
            event.unreadable = before;
        }
        else if (is("sw_ident\"")) take(value, event.sw_ident, event);
        else if (is("sw_ver\"")) take(value, event.sw_ver, event);
        else if (is("sw_sys\"")) take(value, event.sw_sys, event);
        break;
    case 't':
        if (is("type\"")) take(value, event.type, event);
        else if (is("timestamp\"")) take(value, event.timestamp, CALYX_HAS_TIMESTAMP, 0, calyx::kLatestTimestamp, event);
        else if (is("traceback\"")) take(value, event.traceback, event);
        else if (is("terminated\"")) take(value, event.terminated, CALYX_HAS_TERMINATED, event);
        break;
    case 'u':
        if (is("uuid\"")) take(value, event.uuid, event);
        break;
    default:
        break;
    }
}
