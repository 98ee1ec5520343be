// The decoder's state: one payload at a time, in buffers that are kept from payload to payload.
#pragma once

#include "CEventJSON.h"
#include "msgpack.hpp"

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

namespace od = simdjson::ondemand;

namespace calyx {

// Grows to what is asked and keeps nothing of what it held.
struct Buffer {
    std::unique_ptr<char[]> bytes;
    size_t capacity = 0;

    bool reserve(size_t wanted) {
        if (wanted <= capacity) return true;
        // Nearly every payload fits, so that buffers are made once.
        constexpr size_t kFirstSize = 64 << 10;
        const size_t size = wanted < kFirstSize ? kFirstSize : wanted + wanted / 4;
        bytes.reset(new (std::nothrow) char[size]);
        capacity = bytes ? size : 0;
        return bytes != nullptr;
    }
    // Makes room for `wanted` and keeps the first `kept` bytes.
    bool grow(size_t wanted, size_t kept) {
        if (wanted <= capacity) return true;
        std::unique_ptr<char[]> larger(new (std::nothrow) char[wanted]);
        if (!larger) return false;
        std::memcpy(larger.get(), bytes.get(), kept);
        bytes = std::move(larger);
        capacity = wanted;
        return true;
    }
    void release() {
        bytes.reset();
        capacity = 0;
    }
};

// How the body of an envelope is written.
struct BodyForm {
    enum class Serializer { json, msgpack } serializer = Serializer::json;
    enum class Compression { none, zlib, bzip2 } compression = Compression::none;
};

// A scalar or container as it stands in the document.
struct Token {
    const char *data;
    size_t length;
    char first() const { return length > 0 ? *data : 0; }
};

}  // namespace calyx

struct calyx_decoder {
    using Buffer = calyx::Buffer;
    using BodyForm = calyx::BodyForm;
    using Token = calyx::Token;
    using MsgpackValue = calyx::MsgpackValue;

    explicit calyx_decoder(size_t largest) : largest(largest), parser(new od::parser(largest + 64)) {}

    const size_t largest;
    std::unique_ptr<od::parser> parser;
    // The JSON or msgpack of the body, padded, and its length.
    Buffer body;
    size_t length = 0;
    // The envelope, padded, where the fast path does not serve; its body unescaped, and still compressed.
    Buffer envelope, unescaped_body, compressed_body;
    // Unescaped strings of the current body.
    Buffer scratch;
    size_t scratch_used = 0;
    bool holds_much = false;

    od::document document;
    od::array array;
    od::array_iterator iterator, end;
    bool advance_first = false;
    calyx::MsgpackReader packed;
    uint64_t packed_left = 0;
    enum { done, single, batch, packed_batch } state = done;

    calyx_problem begin(const char *payload, size_t size);
    calyx_next next(calyx_event &event, calyx_problem &problem);

private:
    bool fast_body(const char *payload, size_t size);
    calyx_problem slow_body(const char *payload, size_t size, BodyForm &form);
    calyx_problem decompress(std::string_view compressed, BodyForm::Compression compression);
    calyx_problem open_json();
    calyx_problem open_msgpack();
    calyx_next next_packed(calyx_event &event, calyx_problem &problem);
    bool text_of(std::string_view raw, calyx_text &text, bool &clean);
    calyx_problem read(od::object object, calyx_event &event);
    calyx_problem read_packed(uint64_t members, calyx_event &event);
    static calyx_problem finish(calyx_event &event);
    // Takes the member `key` (its name and a closing quote) into its place in the event.
    template <class Value>
    void member(const char *key, Value value, calyx_event &event);
    Token token(od::value &value) const {
        const std::string_view raw = value.raw_json_token();
        // In a broken document the length may reach past the text.
        const char *last = raw.data() + raw.size();
        if (raw.size() > largest) return {raw.data(), 0};
        const auto is_space = [](char byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; };
        while (last > raw.data() && is_space(last[-1])) --last;
        return {raw.data(), static_cast<size_t>(last - raw.data())};
    }
    void take(od::value &value, calyx_text &text, calyx_event &event);
    void take(od::value &value, double &number, uint32_t bit, double least, double most, calyx_event &event);
    void take(od::value &value, int64_t &number, uint32_t bit, calyx_event &event);
    void take(od::value &value, bool &flag, uint32_t bit, calyx_event &event);
    void take_load_average(od::value &value, calyx_event &event);
    void take(MsgpackValue &value, calyx_text &text, calyx_event &event);
    void take(MsgpackValue &value, double &number, uint32_t bit, double least, double most, calyx_event &event);
    void take(MsgpackValue &value, int64_t &number, uint32_t bit, calyx_event &event);
    void take(MsgpackValue &value, bool &flag, uint32_t bit, calyx_event &event);
    void take_load_average(MsgpackValue &value, calyx_event &event);
};
