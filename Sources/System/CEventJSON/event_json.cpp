#include "CEventJSON.h"

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

namespace od = simdjson::ondemand;

namespace {

// Buffers and parser are given back after a payload larger than this.
constexpr size_t kKept = 1 << 20;
// A batch of one is by far the most common payload, and all its members are known: 64 KiB serves nearly all.
constexpr size_t kInitial = 64 << 10;

// Grows to what is asked and keeps nothing of what it held.
struct Buffer {
    std::unique_ptr<char[]> bytes;
    size_t capacity = 0;

    bool reserve(size_t wanted) {
        if (wanted <= capacity) return true;
        const size_t size = wanted < kInitial ? kInitial : wanted + wanted / 4;
        bytes.reset(new (std::nothrow) char[size]);
        capacity = bytes ? size : 0;
        return bytes != nullptr;
    }
    void release() {
        bytes.reset();
        capacity = 0;
    }
};

bool starts_with(const char *at, size_t available, std::string_view expected) {
    return available >= expected.size() && std::memcmp(at, expected.data(), expected.size()) == 0;
}

unsigned hex_value(char character) {
    if (character >= '0' && character <= '9') return static_cast<unsigned>(character - '0');
    const char lower = static_cast<char>(character | 0x20);
    if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a' + 10);
    return 0x10000;
}

// The code unit of `\uXXXX` at `at` (which points at the backslash), or a value above 0xFFFF.
unsigned unicode_escape(const char *at, const char *end) {
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return 0x10000;
    return hex_value(at[2]) << 12 | hex_value(at[3]) << 8 | hex_value(at[4]) << 4 | hex_value(at[5]);
}

char *append_utf8(char *output, unsigned scalar) {
    if (scalar < 0x80) {
        *output++ = static_cast<char>(scalar);
    } else if (scalar < 0x800) {
        *output++ = static_cast<char>(0xC0 | scalar >> 6);
        *output++ = static_cast<char>(0x80 | (scalar & 0x3F));
    } else if (scalar < 0x10000) {
        *output++ = static_cast<char>(0xE0 | scalar >> 12);
        *output++ = static_cast<char>(0x80 | (scalar >> 6 & 0x3F));
        *output++ = static_cast<char>(0x80 | (scalar & 0x3F));
    } else {
        *output++ = static_cast<char>(0xF0 | scalar >> 18);
        *output++ = static_cast<char>(0x80 | (scalar >> 12 & 0x3F));
        *output++ = static_cast<char>(0x80 | (scalar >> 6 & 0x3F));
        *output++ = static_cast<char>(0x80 | (scalar & 0x3F));
    }
    return output;
}

// Unescapes the inside of a JSON string. Never writes more than it reads. A lone surrogate becomes U+FFFD and an
// unknown escape stays as it is; both make `clean` false.
char *unescape(const char *at, const char *end, char *output, bool &clean) {
    while (at < end) {
        const auto *slash = static_cast<const char *>(std::memchr(at, '\\', static_cast<size_t>(end - at)));
        const size_t plain = static_cast<size_t>((slash ? slash : end) - at);
        std::memcpy(output, at, plain);
        output += plain;
        if (!slash) break;
        at = slash;
        char simple = 0;
        switch (end - at > 1 ? at[1] : 0) {
        case 'n': simple = '\n'; break;
        case 't': simple = '\t'; break;
        case 'r': simple = '\r'; break;
        case 'b': simple = '\b'; break;
        case 'f': simple = '\f'; break;
        case '"': simple = '"'; break;
        case '\\': simple = '\\'; break;
        case '/': simple = '/'; break;
        default: break;
        }
        if (simple != 0) {
            *output++ = simple;
            at += 2;
            continue;
        }
        unsigned scalar = unicode_escape(at, end);
        if (scalar > 0xFFFF) {
            clean = false;
            *output++ = *at++;
            continue;
        }
        at += 6;
        if (scalar >= 0xD800 && scalar < 0xDC00) {
            const unsigned low = unicode_escape(at, end);
            if (low >= 0xDC00 && low < 0xE000) {
                scalar = 0x10000 + ((scalar - 0xD800) << 10) + (low - 0xDC00);
                at += 6;
            }
        }
        if (scalar >= 0xD800 && scalar < 0xE000) {
            scalar = 0xFFFD;
            clean = false;
        }
        output = append_utf8(output, scalar);
    }
    return output;
}

// Replaces what makes simdjson refuse a whole document by `?` (bytes that are not UTF-8) or a space (control characters
// inside strings), so that one damaged text does not cost the events beside it.
void repair(char *text, size_t length) {
    size_t at = 0;
    while (at < length) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) {
            if (byte < 0x20) text[at] = ' ';
            ++at;
            continue;
        }
        size_t more = 0;
        unsigned scalar = 0, least = 0;
        if (byte >= 0xC2 && byte < 0xE0) more = 1, scalar = byte & 0x1F, least = 0x80;
        else if (byte >= 0xE0 && byte < 0xF0) more = 2, scalar = byte & 0x0F, least = 0x800;
        else if (byte >= 0xF0 && byte < 0xF5) more = 3, scalar = byte & 0x07, least = 0x10000;
        bool good = more > 0 && at + more < length;
        for (size_t step = 1; good && step <= more; ++step) {
            const auto next = static_cast<unsigned char>(text[at + step]);
            good = (next & 0xC0) == 0x80;
            scalar = scalar << 6 | (next & 0x3F);
        }
        good = good && scalar >= least && scalar <= 0x10FFFF && (scalar < 0xD800 || scalar > 0xDFFF);
        if (good) {
            at += more + 1;
        } else {
            text[at++] = '?';
        }
    }
}

// A scalar or container as it stands in the document.
struct Token {
    const char *data;
    size_t length;
    char first() const { return length > 0 ? *data : 0; }
};

// Fields beyond these are refused: dates that no calendar shows.
constexpr double kLatestTimestamp = 253402300799.0;

}  // namespace

struct calyx_decoder {
    explicit calyx_decoder(size_t largest) : largest(largest), parser(new od::parser(largest + 64)) {}

    const size_t largest;
    std::unique_ptr<od::parser> parser;
    // The JSON of the body, padded, and its length.
    Buffer body;
    size_t length = 0;
    // The envelope, padded, where the fast path does not serve; its body unescaped.
    Buffer envelope, unescaped_body;
    // Unescaped strings of the current body.
    Buffer scratch;
    size_t scratch_used = 0;
    bool holds_much = false;

    od::document document;
    od::array array;
    od::array_iterator iterator, end;
    enum { done, single, batch } state = done;
    bool advance_first = false;

    calyx_problem begin(const char *payload, size_t size);
    calyx_next next(calyx_event &event, calyx_problem &problem);

private:
    bool fast_body(const char *payload, size_t size);
    calyx_problem slow_body(const char *payload, size_t size);
    calyx_problem take_text(std::string_view text);
    calyx_problem open();
    bool text_of(std::string_view raw, calyx_text &text, bool &clean);
    calyx_problem read(od::object object, calyx_event &event);
    void member(const char *key, od::value value, calyx_event &event);
    Token token(od::value &value) const;
    void take(od::value &value, calyx_text &text, calyx_event &event);
    void take(od::value &value, double &number, uint32_t bit, double least, double most, calyx_event &event);
    void take(od::value &value, int64_t &number, uint32_t bit, calyx_event &event);
    void take(od::value &value, bool &flag, uint32_t bit, calyx_event &event);
    void take_load_average(od::value &value, calyx_event &event);
};

// What kombu writes for an event, byte for byte, lets the envelope pass without parsing. Anything else takes the slow
// path, so a miss here costs time and never an event.
bool calyx_decoder::fast_body(const char *payload, size_t size) {
    static constexpr std::string_view head = "{\"body\": \"";
    static constexpr std::string_view middle =
        "\", \"content-encoding\": \"utf-8\", \"content-type\": \"application/json\", \"headers\": {\"hostname\": \"";
    static constexpr std::string_view after_headers = "\"}, \"properties\": {";
    static constexpr std::string_view encoding = "\"body_encoding\": \"base64\", \"delivery_tag\": \"";
    static constexpr size_t tag_and_end = 36 + 3;
    if (!starts_with(payload, size, head)) return false;
    const char *const finish = payload + size;
    const char *const text = payload + head.size();
    const auto *text_end = static_cast<const char *>(std::memchr(text, '"', static_cast<size_t>(finish - text)));
    if (!text_end || !starts_with(text_end, static_cast<size_t>(finish - text_end), middle)) return false;
    const char *const host = text_end + middle.size();
    const auto *host_end = static_cast<const char *>(std::memchr(host, '"', static_cast<size_t>(finish - host)));
    if (!host_end || !starts_with(host_end, static_cast<size_t>(finish - host_end), after_headers)) return false;
    const size_t rest = static_cast<size_t>(finish - host_end);
    if (rest < encoding.size() + tag_and_end) return false;
    if (std::memcmp(finish - tag_and_end - encoding.size(), encoding.data(), encoding.size()) != 0) return false;
    const size_t text_length = static_cast<size_t>(text_end - text);
    if (!body.reserve(text_length / 4 * 3 + 3 + 32 + simdjson::SIMDJSON_PADDING)) return false;
    const ptrdiff_t decoded = calyx_base64_decode(text, text_length, body.bytes.get());
    if (decoded < 0) return false;
    length = static_cast<size_t>(decoded);
    return true;
}

calyx_problem calyx_decoder::take_text(std::string_view text) {
    if (!body.reserve(text.size() + simdjson::SIMDJSON_PADDING)) return CALYX_OUT_OF_MEMORY;
    std::memcpy(body.bytes.get(), text.data(), text.size());
    length = text.size();
    return CALYX_OK;
}

calyx_problem calyx_decoder::slow_body(const char *payload, size_t size) {
    if (!envelope.reserve(size + simdjson::SIMDJSON_PADDING) || !unescaped_body.reserve(size)) {
        return CALYX_OUT_OF_MEMORY;
    }
    std::memcpy(envelope.bytes.get(), payload, size);
    std::memset(envelope.bytes.get() + size, 0, simdjson::SIMDJSON_PADDING);
    od::document outer;
    auto error = parser->iterate(envelope.bytes.get(), size, envelope.capacity).get(outer);
    if (error == simdjson::UTF8_ERROR || error == simdjson::UNESCAPED_CHARS) {
        repair(envelope.bytes.get(), size);
        error = parser->iterate(envelope.bytes.get(), size, envelope.capacity).get(outer);
    }
    od::object object;
    if (error || outer.get_object().get(object)) return CALYX_BAD_ENVELOPE;
    std::string_view raw_body, encoding, content_type;
    bool has_body = false, has_content_type = false, has_encoding = false, is_compressed = false;
    for (auto entry : object) {
        od::field field;
        if (std::move(entry).get(field)) return CALYX_BAD_ENVELOPE;
        const char *const key = field.key().raw();
        od::value &value = field.value();
        if (std::memcmp(key, "body\"", 5) == 0) {
            const Token found = token(value);
            has_body = found.length >= 2 && *found.data == '"';
            if (has_body) raw_body = {found.data + 1, found.length - 2};
        } else if (std::memcmp(key, "content-type\"", 13) == 0) {
            const Token found = token(value);
            has_content_type = found.length >= 2 && *found.data == '"';
            if (has_content_type) content_type = {found.data + 1, found.length - 2};
        } else if (std::memcmp(key, "headers\"", 8) == 0) {
            od::object headers;
            if (value.get_object().get(headers)) continue;
            for (auto header : headers) {
                od::field inner;
                if (std::move(header).get(inner)) return CALYX_BAD_ENVELOPE;
                if (std::memcmp(inner.key().raw(), "compression\"", 12) == 0) {
                    is_compressed = token(inner.value()).first() == '"';
                }
            }
        } else if (std::memcmp(key, "properties\"", 11) == 0) {
            od::object properties;
            if (value.get_object().get(properties)) continue;
            for (auto property : properties) {
                od::field inner;
                if (std::move(property).get(inner)) return CALYX_BAD_ENVELOPE;
                if (std::memcmp(inner.key().raw(), "body_encoding\"", 14) == 0) {
                    const Token found = token(inner.value());
                    has_encoding = found.length >= 2 && *found.data == '"';
                    if (has_encoding) encoding = {found.data + 1, found.length - 2};
                }
            }
        }
    }
    if (!has_body) return CALYX_BAD_ENVELOPE;
    if (is_compressed) return CALYX_COMPRESSED;
    // Without a content type kombu takes the body as it is; an event can then only be JSON.
    if (has_content_type && content_type != "application/json") return CALYX_CONTENT_TYPE;
    bool clean = true;
    char *const plain = unescaped_body.bytes.get();
    const char *const plain_end = unescape(raw_body.data(), raw_body.data() + raw_body.size(), plain, clean);
    const std::string_view text(plain, static_cast<size_t>(plain_end - plain));
    if (!has_encoding || encoding == "utf-8" || encoding == "utf8") return take_text(text);
    if (encoding != "base64") return CALYX_BAD_BODY_ENCODING;
    if (!body.reserve(text.size() / 4 * 3 + 3 + 32 + simdjson::SIMDJSON_PADDING)) return CALYX_OUT_OF_MEMORY;
    const ptrdiff_t decoded = calyx_base64_decode(text.data(), text.size(), body.bytes.get());
    if (decoded < 0) return CALYX_BAD_BODY_ENCODING;
    length = static_cast<size_t>(decoded);
    return CALYX_OK;
}

calyx_problem calyx_decoder::open() {
    std::memset(body.bytes.get() + length, 0, simdjson::SIMDJSON_PADDING);
    auto error = parser->iterate(body.bytes.get(), length, length + simdjson::SIMDJSON_PADDING).get(document);
    if (error == simdjson::UTF8_ERROR || error == simdjson::UNESCAPED_CHARS) {
        repair(body.bytes.get(), length);
        error = parser->iterate(body.bytes.get(), length, length + simdjson::SIMDJSON_PADDING).get(document);
    }
    if (error) return error == simdjson::MEMALLOC ? CALYX_OUT_OF_MEMORY : CALYX_BAD_JSON;
    if (!scratch.reserve(length + 1)) return CALYX_OUT_OF_MEMORY;
    scratch_used = 0;
    size_t first = 0;
    while (first < length && std::strchr(" \t\r\n", body.bytes[first]) && body.bytes[first] != 0) ++first;
    switch (first < length ? body.bytes[first] : 0) {
    case '{':
        state = single;
        return CALYX_OK;
    case '[':
        if (document.get_array().get(array)) return CALYX_BAD_JSON;
        if (array.begin().get(iterator) || array.end().get(end)) return CALYX_BAD_JSON;
        state = batch;
        advance_first = false;
        return CALYX_OK;
    default:
        return CALYX_NOT_AN_OBJECT;
    }
}

calyx_problem calyx_decoder::begin(const char *payload, size_t size) {
    state = done;
    if (size > largest) return CALYX_OVERSIZED;
    if (holds_much) {
        body.release();
        envelope.release();
        unescaped_body.release();
        scratch.release();
        parser.reset(new (std::nothrow) od::parser(largest + 64));
        holds_much = false;
        if (!parser) return CALYX_OUT_OF_MEMORY;
    }
    holds_much = size > kKept;
    if (!fast_body(payload, size)) {
        const calyx_problem problem = slow_body(payload, size);
        if (problem != CALYX_OK) return problem;
    }
    return open();
}

calyx_next calyx_decoder::next(calyx_event &event, calyx_problem &problem) {
    problem = CALYX_OK;
    if (state == done) return CALYX_NEXT_END;
    if (state == single) {
        state = done;
        od::object object;
        if (document.get_object().get(object)) {
            problem = CALYX_BAD_JSON;
        } else {
            problem = read(object, event);
        }
        return problem == CALYX_OK ? CALYX_NEXT_EVENT : CALYX_NEXT_PROBLEM;
    }
    if (advance_first) ++iterator;
    if (!(iterator != end)) {
        state = done;
        return CALYX_NEXT_END;
    }
    advance_first = true;
    od::value value;
    if ((*iterator).get(value)) {
        state = done;
        problem = CALYX_BAD_JSON;
        return CALYX_NEXT_PROBLEM;
    }
    if (token(value).first() != '{') {
        problem = CALYX_NOT_AN_OBJECT;
        return CALYX_NEXT_PROBLEM;
    }
    od::object object;
    if (value.get_object().get(object)) {
        state = done;
        problem = CALYX_BAD_JSON;
        return CALYX_NEXT_PROBLEM;
    }
    problem = read(object, event);
    if (problem == CALYX_BAD_JSON) state = done;
    return problem == CALYX_OK ? CALYX_NEXT_EVENT : CALYX_NEXT_PROBLEM;
}

Token calyx_decoder::token(od::value &value) const {
    const std::string_view raw = value.raw_json_token();
    // In a broken document the length may reach past the text.
    const char *last = raw.data() + raw.size();
    if (raw.size() > largest) return {raw.data(), 0};
    while (last > raw.data() && (last[-1] == ' ' || last[-1] == '\n' || last[-1] == '\r' || last[-1] == '\t')) --last;
    return {raw.data(), static_cast<size_t>(last - raw.data())};
}

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
    char *const finish = unescape(raw.data(), raw.data() + raw.size(), start, clean);
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

extern "C" calyx_decoder *calyx_decoder_create(size_t largest) { return new (std::nothrow) calyx_decoder(largest); }

extern "C" void calyx_decoder_destroy(calyx_decoder *decoder) { delete decoder; }

extern "C" calyx_problem calyx_decoder_begin(calyx_decoder *decoder, const void *payload, size_t length) {
    return decoder->begin(static_cast<const char *>(payload), length);
}

extern "C" calyx_next calyx_decoder_next(calyx_decoder *decoder, calyx_event *event, calyx_problem *problem) {
    return decoder->next(*event, *problem);
}
