#include "CLinux.h"
#include "netlink.h"

#include <errno.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// An attribute inside another, NULL where either is missing.
static const struct nlattr *inside(const struct nlattr *outer, uint16_t type) {
    return outer ? netlink_find(NETLINK_PAYLOAD(outer), NETLINK_LENGTH(outer), type) : NULL;
}

// A TCP connection that was closed is still tracked for two minutes; it holds nobody up.
static bool open_in_tcp(const struct nlattr *protocol_info) {
    const struct nlattr *state = inside(inside(protocol_info, CTA_PROTOINFO_TCP), CTA_PROTOINFO_TCP_STATE);
    if (!state || !NETLINK_LENGTH(state)) return true;
    uint8_t value = (uint8_t)*NETLINK_PAYLOAD(state);
    return value >= TCP_CONNTRACK_SYN_SENT && value < TCP_CONNTRACK_TIME_WAIT;
}

static bool counts(const struct nlmsghdr *header, const purser_prefix *address) {
    const char *attributes = (const char *)NLMSG_DATA(header) + NLMSG_ALIGN(sizeof(struct nfgenmsg));
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof(struct nfgenmsg))) return false;
    size_t length = header->nlmsg_len - NLMSG_LENGTH(NLMSG_ALIGN(sizeof(struct nfgenmsg)));

    const struct nlattr *reply = netlink_find(attributes, length, CTA_TUPLE_REPLY);
    bool version6 = address->family == AF_INET6;
    const struct nlattr *source = inside(inside(reply, CTA_TUPLE_IP), version6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC);
    size_t size = version6 ? 16 : 4;
    if (!source || NETLINK_LENGTH(source) != size || memcmp(NETLINK_PAYLOAD(source), address->address, size)) {
        return false;
    }
    const struct nlattr *protocol = inside(inside(reply, CTA_TUPLE_PROTO), CTA_PROTO_NUM);
    if (!protocol || !NETLINK_LENGTH(protocol)) return false;
    switch ((uint8_t)*NETLINK_PAYLOAD(protocol)) {
    case IPPROTO_TCP: return open_in_tcp(netlink_find(attributes, length, CTA_PROTOINFO));
    case IPPROTO_UDP:
    case IPPROTO_SCTP: return true;
    default: return false;
    }
}

static int count_answers(int file, const purser_prefix *address) {
    char buffer[1 << 16] __attribute__((aligned(NLMSG_ALIGNTO)));
    int count = 0;
    for (;;) {
        ssize_t received = recv(file, buffer, sizeof buffer, 0);
        if (received < 0 && errno == EINTR) continue;
        if (received < 0) return -errno;
        size_t left = (size_t)received;
        for (const struct nlmsghdr *header = (const struct nlmsghdr *)buffer; NLMSG_OK(header, left);
             header = NLMSG_NEXT(header, left)) {
            if (header->nlmsg_type == NLMSG_DONE) return count;
            if (header->nlmsg_type == NLMSG_ERROR) return ((const struct nlmsgerr *)NLMSG_DATA(header))->error;
            count += counts(header, address);
        }
    }
}

int purser_connections(const purser_prefix *address) {
    struct nfgenmsg fixed = {.nfgen_family = (uint8_t)address->family, .version = NFNETLINK_V0};
    netlink_request request;
    netlink_begin(&request, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET, NLM_F_DUMP, &fixed, sizeof fixed);
    int file = netlink_open(NETLINK_NETFILTER);
    if (file < 0) return file;
    int result = netlink_send(file, &request);
    if (!result) result = count_answers(file, address);
    close(file);
    return result;
}
