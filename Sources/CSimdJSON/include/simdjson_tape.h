#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A simdjson DOM parser with its buffers, to be reused by one thread at a time.
typedef struct purser_json_parser purser_json_parser;

/// The parsed document: simdjson's tape and its string buffer, valid until the parser is used again.
typedef struct {
    const uint64_t *tape;
    const uint8_t *strings;
    /// NULL on success, else a static text that says what is wrong.
    const char *error;
} purser_json_document;

purser_json_parser *purser_json_parser_new(void);
void purser_json_parser_free(purser_json_parser *parser);
/// Parses `length` bytes. Copies the input to have the padding that simdjson wants.
purser_json_document purser_json_parse(purser_json_parser *parser, const uint8_t *bytes, size_t length);

#ifdef __cplusplus
}
#endif
