// Events whose body is msgpack, as workers with event_serializer = 'msgpack' send them.
#include "decoder.hpp"
#include "event_members.hpp"
#include "json_text.hpp"

#include <cstdio>
#include <cstring>

using Kind = calyx::MsgpackValue::Kind;

calyx_problem calyx_decoder::open_msgpack() {
    // Numbers where text belongs are written out here: never twice as long as they were with their key.
    if (!scratch.reserve(2 * length + 64)) return CALYX_OUT_OF_MEMORY;
    scratch_used = 0;
    packed.at = body.bytes.get();
    packed.end = packed.at + length;
    MsgpackValue value;
    const calyx::MsgpackReader start = packed;
    if (!packed.next(value)) return CALYX_BAD_MSGPACK;
    if (!value.is_container()) return CALYX_NOT_AN_OBJECT;
    // One event is a batch of one.
    packed_left = value.kind == Kind::array ? value.count : 1;
    if (value.kind == Kind::map) packed = start;
    state = packed_batch;
    return CALYX_OK;
}

calyx_next calyx_decoder::next_packed(calyx_event &event, calyx_problem &problem) {
    if (packed_left == 0) {
        state = done;
        return CALYX_NEXT_END;
    }
    --packed_left;
    MsgpackValue value;
    if (!packed.next(value)) {
        problem = CALYX_BAD_MSGPACK;
    } else if (value.kind == Kind::map) {
        problem = read_packed(value.count, event);
    } else {
        problem = packed.skip(value.values()) ? CALYX_NOT_AN_OBJECT : CALYX_BAD_MSGPACK;
    }
    if (problem == CALYX_BAD_MSGPACK) state = done;
    return problem == CALYX_OK ? CALYX_NEXT_EVENT : CALYX_NEXT_PROBLEM;
}

calyx_problem calyx_decoder::read_packed(uint64_t members, calyx_event &event) {
    std::memset(static_cast<void *>(&event), 0, sizeof event);
    for (; members > 0; --members) {
        MsgpackValue key, value;
        if (!packed.next(key) || !packed.skip(key.values()) || !packed.next(value)) return CALYX_BAD_MSGPACK;
        // Longer than any member that is read, and followed by the quote that ends a key.
        char name[24] = {};
        if (key.kind == Kind::text && key.count + 1 < sizeof name) {
            std::memcpy(name, key.data, key.count);
            name[key.count] = '"';
            member<MsgpackValue>(name, value, event);
        }
        if (!packed.skip(value.values())) return CALYX_BAD_MSGPACK;
    }
    return finish(event);
}

void calyx_decoder::take(MsgpackValue &value, calyx_text &text, calyx_event &event) {
    text.data = nullptr;
    text.length = 0;
    text.state = CALYX_TEXT_NULL;
    if (value.kind == Kind::nil) return;
    if (value.kind == Kind::text) {
        const size_t size = static_cast<size_t>(value.count);
        if (!simdjson::validate_utf8(value.data, size)) {
            calyx_repair_utf8(value.data, size);
            ++event.unreadable;
        }
        text.data = value.data;
        text.length = static_cast<uint32_t>(size);
        text.state = CALYX_TEXT_PRESENT;
        return;
    }
    ++event.unreadable;
    char written[32];
    int size = 0;
    switch (value.kind) {
    case Kind::boolean:
        size = std::snprintf(written, sizeof written, "%s", value.boolean ? "true" : "false");
        break;
    case Kind::integer:
        if (value.is_too_large) return;
        size = std::snprintf(written, sizeof written, "%lld", static_cast<long long>(value.integer));
        break;
    case Kind::real:
        size = std::snprintf(written, sizeof written, "%.17g", value.real);
        break;
    default:
        return;
    }
    if (size <= 0 || scratch_used + static_cast<size_t>(size) > scratch.capacity) return;
    char *const place = scratch.bytes.get() + scratch_used;
    std::memcpy(place, written, static_cast<size_t>(size));
    scratch_used += static_cast<size_t>(size);
    text.data = place;
    text.length = static_cast<uint32_t>(size);
    text.state = CALYX_TEXT_RAW;
}

namespace {

bool number_of(const calyx::MsgpackValue &value, double &number) {
    if (value.kind == Kind::real) number = value.real;
    else if (value.kind == Kind::integer && !value.is_too_large) number = static_cast<double>(value.integer);
    else return false;
    return true;
}

}  // namespace

void calyx_decoder::take(
    MsgpackValue &value, double &number, uint32_t bit, double least, double most, calyx_event &event) {
    event.present &= ~bit;
    if (value.kind == Kind::nil) return;
    double found = 0;
    if (!number_of(value, found) || !(found >= least && found <= most)) {
        ++event.unreadable;
        return;
    }
    number = found;
    event.present |= bit;
}

void calyx_decoder::take(MsgpackValue &value, int64_t &number, uint32_t bit, calyx_event &event) {
    event.present &= ~bit;
    if (value.kind == Kind::nil) return;
    if (value.kind != Kind::integer || value.is_too_large) {
        ++event.unreadable;
        return;
    }
    number = value.integer;
    event.present |= bit;
}

void calyx_decoder::take(MsgpackValue &value, bool &flag, uint32_t bit, calyx_event &event) {
    event.present &= ~bit;
    if (value.kind == Kind::nil) return;
    if (value.kind != Kind::boolean) {
        ++event.unreadable;
        return;
    }
    flag = value.boolean;
    event.present |= bit;
}

void calyx_decoder::take_load_average(MsgpackValue &value, calyx_event &event) {
    event.present &= ~CALYX_HAS_LOAD_AVERAGE;
    if (value.kind == Kind::nil) return;
    calyx::MsgpackReader members{value.members, packed.end};
    bool is_good = value.kind == Kind::array && value.count == 3;
    for (int index = 0; is_good && index < 3; ++index) {
        MsgpackValue entry;
        double load = 0;
        is_good = members.next(entry) && number_of(entry, load) && load >= 0 && load < 1e9;
        event.load_average[index] = load;
    }
    if (is_good) event.present |= CALYX_HAS_LOAD_AVERAGE;
    else ++event.unreadable;
}
