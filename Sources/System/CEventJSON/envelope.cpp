#include "decoder.hpp"
#include "json_text.hpp"

#include <cstring>

namespace {

bool starts_with(const char *at, size_t available, std::string_view expected) {
    return available >= expected.size() && std::memcmp(at, expected.data(), expected.size()) == 0;
}

}  // namespace

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
        calyx_repair(envelope.bytes.get(), size);
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
    const char *const plain_end = calyx_unescape(raw_body.data(), raw_body.data() + raw_body.size(), plain, clean);
    const std::string_view text(plain, static_cast<size_t>(plain_end - plain));
    if (!has_encoding || encoding == "utf-8" || encoding == "utf8") return take_text(text);
    if (encoding != "base64") return CALYX_BAD_BODY_ENCODING;
    if (!body.reserve(text.size() / 4 * 3 + 3 + 32 + simdjson::SIMDJSON_PADDING)) return CALYX_OUT_OF_MEMORY;
    const ptrdiff_t decoded = calyx_base64_decode(text.data(), text.size(), body.bytes.get());
    if (decoded < 0) return CALYX_BAD_BODY_ENCODING;
    length = static_cast<size_t>(decoded);
    return CALYX_OK;
}
