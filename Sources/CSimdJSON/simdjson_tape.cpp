#include "simdjson_tape.h"

#include <simdjson.h>

struct purser_json_parser {
    simdjson::dom::parser parser;
};

extern "C" purser_json_parser *purser_json_parser_new(void) { return new purser_json_parser(); }

extern "C" void purser_json_parser_free(purser_json_parser *parser) { delete parser; }

extern "C" purser_json_document purser_json_parse(purser_json_parser *parser, const uint8_t *bytes, size_t length) {
    auto result = parser->parser.parse(bytes, length, true);
    if (result.error()) {
        return {nullptr, nullptr, simdjson::error_message(result.error())};
    }
    auto &document = parser->parser.doc;
    return {document.tape.get(), document.string_buf.get(), nullptr};
}
