#include "decoder.hpp"
#include "json_text.hpp"

#include <cstring>

namespace {

// Fields beyond these are refused: dates that no calendar shows.
constexpr double kLatestTimestamp = 253402300799.0;

calyx_event_kind kind_of(std::string_view type) {
    if (type.substr(0, 5) == "task-") {
        const std::string_view word = type.substr(5);
        if (word == "received") return CALYX_TASK_RECEIVED;
        if (word == "started") return CALYX_TASK_STARTED;
        if (word == "succeeded") return CALYX_TASK_SUCCEEDED;
        if (word == "sent") return CALYX_TASK_SENT;
        if (word == "failed") return CALYX_TASK_FAILED;
        if (word == "retried") return CALYX_TASK_RETRIED;
        if (word == "revoked") return CALYX_TASK_REVOKED;
        if (word == "rejected") return CALYX_TASK_REJECTED;
        return CALYX_TASK_CUSTOM;
    }
    if (type.substr(0, 7) == "worker-") {
        const std::string_view word = type.substr(7);
        if (word == "heartbeat") return CALYX_WORKER_HEARTBEAT;
        if (word == "online") return CALYX_WORKER_ONLINE;
        if (word == "offline") return CALYX_WORKER_OFFLINE;
        return CALYX_WORKER_CUSTOM;
    }
    return CALYX_EVENT_CUSTOM;
}

}  // namespace

// `raw` is the inside of a JSON string. False when there is no room left, which a sound document cannot cause.
bool calyx_decoder::text_of(std::string_view raw, calyx_text &text, bool &clean) {
    text.state = CALYX_TEXT_PRESENT;
    if (raw.empty() || !std::memchr(raw.data(), '\\', raw.size())) {
        text.data = raw.data();
        text.length = static_cast<uint32_t>(raw.size());
        return true;
    }
    if (scratch_used + raw.size() > scratch.capacity) return false;
    char *const start = scratch.bytes.get() + scratch_used;
    char *const finish = calyx_unescape(raw.data(), raw.data() + raw.size(), start, clean);
    text.data = start;
    text.length = static_cast<uint32_t>(finish - start);
    scratch_used += text.length;
    return true;
}

void calyx_decoder::take(od::value &value, calyx_text &text, calyx_event &event) {
    const Token found = token(value);
    text.data = nullptr;
    text.length = 0;
    text.state = CALYX_TEXT_NULL;
    switch (found.first()) {
    case '"': {
        bool clean = true;
        if (found.length < 2 || found.data[found.length - 1] != '"' ||
            !text_of({found.data + 1, found.length - 2}, text, clean)) {
            text.state = CALYX_TEXT_NULL;
            clean = false;
        }
        if (!clean) ++event.unreadable;
        return;
    }
    case 'n':
        return;
    case '[':
    case '{': {
        ++event.unreadable;
        std::string_view raw;
        od::array list;
        od::object object;
        const bool read = found.first() == '['
                              ? !value.get_array().get(list) && !list.raw_json().get(raw)
                              : !value.get_object().get(object) && !object.raw_json().get(raw);
        if (!read || raw.size() > length) return;
        text.data = raw.data();
        text.length = static_cast<uint32_t>(raw.size());
        text.state = CALYX_TEXT_RAW;
        return;
    }
    case 0:
        ++event.unreadable;
        return;
    default:
        ++event.unreadable;
        text.data = found.data;
        text.length = static_cast<uint32_t>(found.length);
        text.state = CALYX_TEXT_RAW;
        return;
    }
}

void calyx_decoder::take(
    od::value &value, double &number, uint32_t bit, double least, double most, calyx_event &event) {
    event.present &= ~bit;
    if (token(value).first() == 'n') return;
    double found = 0;
    if (value.get_double().get(found) || !(found >= least && found <= most)) {
        ++event.unreadable;
        return;
    }
    number = found;
    event.present |= bit;
}

void calyx_decoder::take(od::value &value, int64_t &number, uint32_t bit, calyx_event &event) {
    event.present &= ~bit;
    if (token(value).first() == 'n') return;
    if (value.get_int64().get(number)) {
        ++event.unreadable;
        return;
    }
    event.present |= bit;
}

void calyx_decoder::take(od::value &value, bool &flag, uint32_t bit, calyx_event &event) {
    event.present &= ~bit;
    if (token(value).first() == 'n') return;
    if (value.get_bool().get(flag)) {
        ++event.unreadable;
        return;
    }
    event.present |= bit;
}

void calyx_decoder::take_load_average(od::value &value, calyx_event &event) {
    event.present &= ~CALYX_HAS_LOAD_AVERAGE;
    if (token(value).first() == 'n') return;
    od::array list;
    size_t count = 0;
    if (!value.get_array().get(list)) {
        for (auto entry : list) {
            double load = 0;
            if (count == 3 || entry.get_double().get(load) || !(load >= 0 && load < 1e9)) {
                ++event.unreadable;
                return;
            }
            event.load_average[count++] = load;
        }
    }
    if (count == 3) {
        event.present |= CALYX_HAS_LOAD_AVERAGE;
    } else {
        ++event.unreadable;
    }
}

// `key` points into padded text, so that comparing a few bytes beyond its end is safe.
void calyx_decoder::member(const char *key, od::value value, calyx_event &event) {
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
        else if (is("timestamp\"")) take(value, event.timestamp, CALYX_HAS_TIMESTAMP, 0, kLatestTimestamp, event);
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

calyx_problem calyx_decoder::read(od::object object, calyx_event &event) {
    std::memset(static_cast<void *>(&event), 0, sizeof event);
    for (auto entry : object) {
        od::field field;
        if (std::move(entry).get(field)) return CALYX_BAD_JSON;
        member(field.key().raw(), field.value(), event);
    }
    if (event.type.state != CALYX_TEXT_PRESENT || event.type.length == 0) return CALYX_NO_TYPE;
    event.kind = kind_of({event.type.data, event.type.length});
    return CALYX_OK;
}
