#include "decoder.hpp"
#include "json_text.hpp"

#include <cstring>

namespace {

// Buffers and parser are given back after a payload larger than this.
constexpr size_t kKept = 1 << 20;

}  // namespace

calyx_problem calyx_decoder::open_json() {
    std::memset(body.bytes.get() + length, 0, simdjson::SIMDJSON_PADDING);
    auto error = parser->iterate(body.bytes.get(), length, length + simdjson::SIMDJSON_PADDING).get(document);
    if (error == simdjson::UTF8_ERROR || error == simdjson::UNESCAPED_CHARS) {
        calyx_repair(body.bytes.get(), length);
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
    length = 0;
    if (size > largest) return CALYX_OVERSIZED;
    if (holds_much) {
        body.release();
        envelope.release();
        unescaped_body.release();
        compressed_body.release();
        scratch.release();
        parser.reset(new (std::nothrow) od::parser(largest + 64));
        holds_much = false;
        if (!parser) return CALYX_OUT_OF_MEMORY;
    }
    holds_much = size > kKept;
    if (fast_body(payload, size)) return open_json();
    BodyForm form;
    const calyx_problem problem = slow_body(payload, size, form);
    // A small payload may hold a large body.
    holds_much = holds_much || body.capacity > 2 * kKept;
    if (problem != CALYX_OK) return problem;
    return form.serializer == BodyForm::Serializer::json ? open_json() : open_msgpack();
}

calyx_next calyx_decoder::next(calyx_event &event, calyx_problem &problem) {
    problem = CALYX_OK;
    if (state == done) return CALYX_NEXT_END;
    if (state == packed_batch) return next_packed(event, problem);
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

extern "C" calyx_decoder *calyx_decoder_create(size_t largest) { return new (std::nothrow) calyx_decoder(largest); }

extern "C" void calyx_decoder_destroy(calyx_decoder *decoder) { delete decoder; }

extern "C" calyx_problem calyx_decoder_begin(calyx_decoder *decoder, const void *payload, size_t length) {
    return decoder->begin(static_cast<const char *>(payload), length);
}

extern "C" calyx_next calyx_decoder_next(calyx_decoder *decoder, calyx_event *event, calyx_problem *problem) {
    return decoder->next(*event, *problem);
}

extern "C" const char *calyx_decoder_body(const calyx_decoder *decoder, size_t *length) {
    *length = decoder->length;
    return decoder->body.bytes.get();
}
