#include "netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t used(const netlink_request *request) {
    return request->header.nlmsg_len;
}

void netlink_begin(netlink_request *request, uint16_t type, uint16_t flags, const void *fixed, size_t length) {
    memset(request, 0, sizeof *request);
    request->header.nlmsg_type = type;
    request->header.nlmsg_flags = NLM_F_REQUEST | flags;
    request->header.nlmsg_seq = 1;
    memcpy(request->body, fixed, length);
    request->header.nlmsg_len = NLMSG_HDRLEN + NLMSG_ALIGN(length);
}

void netlink_attribute(netlink_request *request, uint16_t type, const void *value, size_t length) {
    struct nlattr *attribute = (struct nlattr *)((char *)request + used(request));
    attribute->nla_type = type;
    attribute->nla_len = NLA_HDRLEN + length;
    if (length) memcpy((char *)attribute + NLA_HDRLEN, value, length);
    request->header.nlmsg_len += NLA_ALIGN(attribute->nla_len);
}

struct nlattr *netlink_nest(netlink_request *request, uint16_t type) {
    struct nlattr *nest = (struct nlattr *)((char *)request + used(request));
    netlink_attribute(request, type | NLA_F_NESTED, NULL, 0);
    return nest;
}

void netlink_end_nest(netlink_request *request, struct nlattr *nest) {
    nest->nla_len = (uint16_t)((char *)request + used(request) - (char *)nest);
}

int netlink_open(int protocol) {
    int file = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    return file < 0 ? -errno : file;
}

int netlink_send(int socket, netlink_request *request) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent = sendto(socket, request, used(request), 0, (struct sockaddr *)&kernel, sizeof kernel);
    return sent < 0 ? -errno : 0;
}

static int acknowledgement(int socket) {
    char answer[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
    ssize_t length;
    do length = recv(socket, answer, sizeof answer, 0);
    while (length < 0 && errno == EINTR);
    if (length < 0) return -errno;
    const struct nlmsghdr *header = (const struct nlmsghdr *)answer;
    if ((size_t)length < NLMSG_HDRLEN + sizeof(int) || header->nlmsg_type != NLMSG_ERROR) return -EBADMSG;
    return ((const struct nlmsgerr *)NLMSG_DATA(header))->error;
}

int netlink_ask(int protocol, netlink_request *request) {
    request->header.nlmsg_flags |= NLM_F_ACK;
    int file = netlink_open(protocol);
    if (file < 0) return file;
    int result = netlink_send(file, request);
    if (!result) result = acknowledgement(file);
    close(file);
    return result;
}

const struct nlattr *netlink_find(const void *attributes, size_t length, uint16_t type) {
    const char *at = attributes, *end = at + length;
    while (end - at >= NLA_HDRLEN) {
        const struct nlattr *attribute = (const struct nlattr *)at;
        if (attribute->nla_len < NLA_HDRLEN || attribute->nla_len > end - at) return NULL;
        if ((attribute->nla_type & NLA_TYPE_MASK) == type) return attribute;
        at += NLA_ALIGN(attribute->nla_len);
    }
    return NULL;
}
