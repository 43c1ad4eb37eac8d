#pragma once
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

// A netlink request that is built in place: a header, a fixed part, then attributes.
typedef struct {
    struct nlmsghdr header;
    char body[1024];
} netlink_request;

void netlink_begin(netlink_request *request, uint16_t type, uint16_t flags, const void *fixed, size_t length);
void netlink_attribute(netlink_request *request, uint16_t type, const void *value, size_t length);
struct nlattr *netlink_nest(netlink_request *request, uint16_t type);
void netlink_end_nest(netlink_request *request, struct nlattr *nest);

int netlink_open(int protocol);
int netlink_send(int socket, netlink_request *request);
// Sends a request and waits for its acknowledgement.
int netlink_ask(int protocol, netlink_request *request);

// The attribute of a type within a range, NULL where there is none.
const struct nlattr *netlink_find(const void *attributes, size_t length, uint16_t type);
#define NETLINK_PAYLOAD(attribute) ((const char *)(attribute) + NLA_HDRLEN)
#define NETLINK_LENGTH(attribute) ((size_t)(attribute)->nla_len - NLA_HDRLEN)
