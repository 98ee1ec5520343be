// Damaged payloads through the event decoder, built with the address and undefined behaviour sanitizers (make fuzz-ingest).
//
//   event_decoder_fuzz COUNT SEED FILE...
//
// FILE has one message a line, as Tests/Fixtures/Celery/*.ndjson. Envelopes, bodies of sound envelopes, and bodies that
// are said to be of another serializer or compression are damaged in turn. Every byte that the decoder hands out is read.
#include "CEventJSON.h"

#include <simdjson.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace {

using Bytes = std::string;

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

Bytes base64(const Bytes &bytes) {
    Bytes text;
    for (size_t at = 0; at < bytes.size(); at += 3) {
        const size_t left = bytes.size() - at;
        const auto byte = [&](size_t index) {
            return index < left ? static_cast<unsigned>(static_cast<unsigned char>(bytes[at + index])) : 0U;
        };
        const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        text += kAlphabet[bits >> 18];
        text += kAlphabet[bits >> 12 & 63];
        text += left > 1 ? kAlphabet[bits >> 6 & 63] : '=';
        text += left > 2 ? kAlphabet[bits & 63] : '=';
    }
    return text;
}

Bytes from_base64(std::string_view text) {
    std::vector<char> output(text.size() / 4 * 3 + 64);
    const ptrdiff_t count = calyx_base64_decode(text.data(), text.size(), output.data());
    return count < 0 ? Bytes() : Bytes(output.data(), static_cast<size_t>(count));
}

Bytes envelope(const Bytes &body, const char *type, const char *compression) {
    Bytes headers = "{\"hostname\": \"w1@host\"";
    if (compression) headers += Bytes(", \"compression\": \"") + compression + "\"";
    return "{\"body\": \"" + base64(body) + "\", \"content-encoding\": \"utf-8\", \"content-type\": \"" + type +
           "\", \"headers\": " + headers +
           "}, \"properties\": {\"delivery_mode\": 1, \"delivery_info\": {\"exchange\": \"celeryev\", \"routing_key\": "
           "\"task.multi\"}, \"priority\": 0, \"body_encoding\": \"base64\", \"delivery_tag\": "
           "\"93fdccdc-e324-497b-a054-5c11f77ad485\"}}";
}

class Damage {
public:
    explicit Damage(uint64_t seed) : random(seed) {}

    size_t below(size_t bound) { return bound == 0 ? 0 : random() % bound; }

    void apply(Bytes &bytes) {
        static const std::vector<Bytes> tokens = {
            "null", "NaN", "-Infinity", "1e999", "18446744073709551616", "\"", "\\", "\\u", "\\ud83d", "[", "]", "{",
            "}", ":", ",", Bytes(1, '\0'), Bytes(200, '['), "{\"a\":", "\xDD\xFF\xFF\xFF\xFF", "\xDF\xFF\xFF\xFF\xFF",
            "\xDB\xFF\xFF\xFF\xFF", "\xC9\xFF\xFF\xFF\xFF\x01", "\xF0\x9F\x98\x80", "\xED\xA0\x80", "\x80\xFF"};
        for (size_t times = 1 + below(4); times > 0 && !bytes.empty(); --times) {
            const size_t at = below(bytes.size());
            switch (below(6)) {
            case 0: bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8))); break;
            case 1: bytes.resize(at); break;
            case 2: bytes.erase(at, 1 + below(8)); break;
            case 3: bytes[at] = static_cast<char>(below(256)); break;
            case 4: bytes.insert(at, bytes.substr(at, 1 + below(200))); break;
            default: bytes.replace(at, below(12), tokens[below(tokens.size())]); break;
            }
        }
    }

private:
    std::mt19937_64 random;
};

size_t resident() {
    std::ifstream file("/proc/self/statm");
    size_t total = 0, pages = 0;
    file >> total >> pages;
    return pages * 4096;
}

uint64_t sum(const calyx_text &text) {
    uint64_t total = 0;
    for (uint32_t at = 0; at < text.length; ++at) total += static_cast<unsigned char>(text.data[at]);
    return total;
}

uint64_t look_at(const calyx_event &event) {
    uint64_t total = 0;
    const calyx_text *const texts = &event.type;
    for (size_t index = 0; index < 20; ++index) total += sum(texts[index]);
    return total;
}

}  // namespace

int main(int count_of_arguments, char **arguments) {
    if (count_of_arguments < 4) {
        std::fprintf(stderr, "usage: %s COUNT SEED FILE...\n", arguments[0]);
        return 2;
    }
    const long count = std::atol(arguments[1]);
    const auto seed = static_cast<uint64_t>(std::atoll(arguments[2]));
    std::vector<Bytes> payloads, bodies;
    for (int index = 3; index < count_of_arguments; ++index) {
        std::ifstream file(arguments[index]);
        simdjson::dom::parser lines, envelopes;
        for (std::string line; std::getline(file, line);) {
            simdjson::dom::element message, inner;
            std::string_view text;
            if (lines.parse(line).get(message)) continue;
            Bytes payload;
            if (!message["payload"].get(text)) payload = Bytes(text);
            else if (!message["payload_b64"].get(text)) payload = from_base64(text);
            else continue;
            payloads.push_back(payload);
            // The bodies that unpack to megabytes are slow, and are covered by the unit tests.
            if (!envelopes.parse(payload).get(inner) && !inner["body"].get(text) && text.size() < 8192) {
                bodies.push_back(from_base64(text));
            }
        }
    }
    if (payloads.empty() || bodies.empty()) {
        std::fprintf(stderr, "no payloads in the files\n");
        return 2;
    }

    static const char *const types[] = {
        "application/json", "application/x-msgpack", "application/x-yaml", "application\\/json"};
    static const char *const compressions[] = {nullptr, "application/x-gzip", "application/x-bz2", "application/zstd"};
    Damage damage(seed);
    calyx_decoder *decoder = calyx_decoder_create(16 << 20);
    calyx_event event;
    std::map<int, long> problems;
    long events = 0;
    uint64_t read = 0;
    size_t settled = 0;
    for (long number = 0; number < count; ++number) {
        Bytes payload;
        if (damage.below(3) == 0) {
            payload = payloads[damage.below(payloads.size())];
            damage.apply(payload);
        } else {
            Bytes body = bodies[damage.below(bodies.size())];
            damage.apply(body);
            const bool is_plain = damage.below(2) == 0;
            payload = envelope(body, types[is_plain ? 0 : damage.below(4)], compressions[is_plain ? 0 : damage.below(4)]);
        }
        // A block of exactly its size: reading one byte more is found.
        char *const block = static_cast<char *>(std::malloc(payload.size() + (payload.empty() ? 1 : 0)));
        std::memcpy(block, payload.data(), payload.size());
        calyx_problem problem = calyx_decoder_begin(decoder, block, payload.size());
        std::free(block);
        if (problem != CALYX_OK) ++problems[problem];
        calyx_next next;
        while ((next = calyx_decoder_next(decoder, &event, &problem)) != CALYX_NEXT_END) {
            if (next == CALYX_NEXT_EVENT) {
                ++events;
                read += look_at(event);
            } else {
                ++problems[problem];
            }
        }
        if (number == count / 3) settled = resident();
    }
    const size_t end = resident();
    calyx_decoder_destroy(decoder);
    std::printf("%ld payloads, seed %llu: %ld events", count, static_cast<unsigned long long>(seed), events);
    for (const auto &[problem, times] : problems) std::printf(", problem %d: %ld", problem, times);
    std::printf("; resident %zu MiB after a third, %zu MiB at the end (sum %llu)\n", settled >> 20, end >> 20,
                static_cast<unsigned long long>(read));
    if (events == 0 || problems.size() < 8) {
        std::fprintf(stderr, "too little was reached\n");
        return 1;
    }
    // The sanitizer keeps freed blocks for a while; what leaks would be far more.
    if (end > settled + (64U << 20)) {
        std::fprintf(stderr, "memory grows\n");
        return 1;
    }
    return 0;
}
