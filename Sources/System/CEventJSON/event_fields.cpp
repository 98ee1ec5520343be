#include "decoder.hpp"
#include "event_members.hpp"
#include "json_text.hpp"

#include <cstring>

namespace {

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

calyx_problem calyx_decoder::read(od::object object, calyx_event &event) {
    std::memset(static_cast<void *>(&event), 0, sizeof event);
    for (auto entry : object) {
        od::field field;
        if (std::move(entry).get(field)) return CALYX_BAD_JSON;
        member<od::value>(field.key().raw(), field.value(), event);
    }
    return finish(event);
}

calyx_problem calyx_decoder::finish(calyx_event &event) {
    if (event.type.state != CALYX_TEXT_PRESENT || event.type.length == 0) return CALYX_NO_TYPE;
    event.kind = kind_of({event.type.data, event.type.length});
    return CALYX_OK;
}
