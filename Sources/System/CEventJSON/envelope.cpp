#include "decoder.hpp"
#include "json_text.hpp"

#include <cstring>

namespace {

bool starts_with(const char *at, size_t available, std::string_view expected) {
    return available >= expected.size() && std::memcmp(at, expected.data(), expected.size()) == 0;
}

// A member of the envelope, as it is written there.
struct Member {
    bool is_text = false;
    // The inside of a JSON string, escapes and all.
    std::string_view text;

    Member() = default;
    Member(calyx::Token token)
        : is_text(token.length >= 2 && *token.data == '"'),
          text(is_text ? std::string_view(token.data + 1, token.length - 2) : std::string_view()) {}

    // `application/json` may be written `application\/json`.
    bool says(std::string_view expected) const {
        char plain[128];
        if (text.size() > sizeof plain) return false;
        bool clean = true;
        const char *const end = calyx_unescape(text.data(), text.data() + text.size(), plain, clean);
        return std::string_view(plain, static_cast<size_t>(end - plain)) == expected;
    }
};

calyx_problem form_of(const Member &content_type, const Member &compression, calyx::BodyForm &form) {
    using calyx::BodyForm;
    if (compression.is_text) {
        if (compression.says("application/x-gzip")) form.compression = BodyForm::Compression::zlib;
        else if (compression.says("application/x-bz2")) form.compression = BodyForm::Compression::bzip2;
        else return CALYX_COMPRESSED;
    }
    // Without a content type kombu takes the body as it is; an event can then only be JSON.
    if (!content_type.is_text || content_type.says("application/json")) return CALYX_OK;
    if (content_type.says("application/x-msgpack")) {
        form.serializer = BodyForm::Serializer::msgpack;
        return CALYX_OK;
    }
    if (content_type.says("application/x-yaml")) return CALYX_YAML;
    // Reading pickle is running whatever its writer wants.
    if (content_type.says("application/x-python-serialize")) return CALYX_PICKLE;
    return CALYX_CONTENT_TYPE;
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

calyx_problem calyx_decoder::slow_body(const char *payload, size_t size, BodyForm &form) {
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
    Member written_body, content_type, encoding, compression;
    for (auto entry : object) {
        od::field field;
        if (std::move(entry).get(field)) return CALYX_BAD_ENVELOPE;
        const char *const key = field.key().raw();
        od::value &value = field.value();
        if (std::memcmp(key, "body\"", 5) == 0) {
            written_body = token(value);
        } else if (std::memcmp(key, "content-type\"", 13) == 0) {
            content_type = token(value);
        } else if (std::memcmp(key, "headers\"", 8) == 0) {
            od::object headers;
            if (value.get_object().get(headers)) continue;
            for (auto header : headers) {
                od::field inner;
                if (std::move(header).get(inner)) return CALYX_BAD_ENVELOPE;
                if (std::memcmp(inner.key().raw(), "compression\"", 12) == 0) compression = token(inner.value());
            }
        } else if (std::memcmp(key, "properties\"", 11) == 0) {
            od::object properties;
            if (value.get_object().get(properties)) continue;
            for (auto property : properties) {
                od::field inner;
                if (std::move(property).get(inner)) return CALYX_BAD_ENVELOPE;
                if (std::memcmp(inner.key().raw(), "body_encoding\"", 14) == 0) encoding = token(inner.value());
            }
        }
    }
    if (!written_body.is_text) return CALYX_BAD_ENVELOPE;
    const calyx_problem refusal = form_of(content_type, compression, form);
    if (refusal != CALYX_OK) return refusal;
    bool clean = true;
    char *const plain = unescaped_body.bytes.get();
    const std::string_view raw = written_body.text;
    const size_t plain_size =
        static_cast<size_t>(calyx_unescape(raw.data(), raw.data() + raw.size(), plain, clean) - plain);

    const bool is_compressed = form.compression != BodyForm::Compression::none;
    Buffer &target = is_compressed ? compressed_body : body;
    size_t decoded = plain_size;
    if (!encoding.is_text || encoding.says("utf-8") || encoding.says("utf8")) {
        if (!target.reserve(plain_size + simdjson::SIMDJSON_PADDING)) return CALYX_OUT_OF_MEMORY;
        std::memcpy(target.bytes.get(), plain, plain_size);
    } else if (encoding.says("base64")) {
        if (!target.reserve(plain_size / 4 * 3 + 3 + 32 + simdjson::SIMDJSON_PADDING)) return CALYX_OUT_OF_MEMORY;
        const ptrdiff_t count = calyx_base64_decode(plain, plain_size, target.bytes.get());
        if (count < 0) return CALYX_BAD_BODY_ENCODING;
        decoded = static_cast<size_t>(count);
    } else {
        return CALYX_BAD_BODY_ENCODING;
    }
    if (is_compressed) return decompress({compressed_body.bytes.get(), decoded}, form.compression);
    length = decoded;
    return CALYX_OK;
}
