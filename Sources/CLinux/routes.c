#include "CLinux.h"
#include "netlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

static size_t address_length(int family) {
    return family == AF_INET6 ? 16 : 4;
}

static int route(uint16_t type, uint16_t flags, const purser_prefix *prefix, const purser_prefix *gateway,
                 const char *device, uint32_t metric) {
    struct rtmsg fixed = {
        .rtm_family = (unsigned char)prefix->family,
        .rtm_dst_len = prefix->length,
        .rtm_table = RT_TABLE_MAIN,
        .rtm_protocol = RTPROT_STATIC,
        .rtm_scope = device ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
        .rtm_type = device || gateway ? RTN_UNICAST : RTN_UNREACHABLE,
    };
    netlink_request request;
    netlink_begin(&request, type, flags, &fixed, sizeof fixed);
    size_t length = address_length(prefix->family);
    netlink_attribute(&request, RTA_DST, prefix->address, length);
    if (gateway) netlink_attribute(&request, RTA_GATEWAY, gateway->address, length);
    if (metric) netlink_attribute(&request, RTA_PRIORITY, &metric, sizeof metric);
    if (device) {
        uint32_t index = if_nametoindex(device);
        if (!index) return -ENODEV;
        netlink_attribute(&request, RTA_OIF, &index, sizeof index);
    }
    return netlink_ask(NETLINK_ROUTE, &request);
}

int purser_route_add(const purser_prefix *prefix, const char *device, uint32_t metric) {
    return route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, prefix, NULL, device, metric);
}

int purser_route_delete(const purser_prefix *prefix, const char *device, uint32_t metric) {
    return route(RTM_DELROUTE, 0, prefix, NULL, device, metric);
}

int purser_route_add_gateway(const purser_prefix *prefix, const purser_prefix *gateway) {
    return route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, prefix, gateway, NULL, 0);
}

int purser_route_delete_gateway(const purser_prefix *prefix, const purser_prefix *gateway) {
    return route(RTM_DELROUTE, 0, prefix, gateway, NULL, 0);
}

int purser_bridge_add(const char *name) {
    struct ifinfomsg fixed = {.ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    netlink_request request;
    netlink_begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &fixed, sizeof fixed);
    netlink_attribute(&request, IFLA_IFNAME, name, strlen(name) + 1);
    struct nlattr *nest = netlink_nest(&request, IFLA_LINKINFO);
    netlink_attribute(&request, IFLA_INFO_KIND, "bridge", sizeof "bridge");
    netlink_end_nest(&request, nest);
    int result = netlink_ask(NETLINK_ROUTE, &request);
    return result == -EEXIST ? purser_link_up(name) : result;
}

int purser_address_add(const char *device, const purser_prefix *address) {
    struct ifaddrmsg fixed = {
        .ifa_family = (unsigned char)address->family,
        .ifa_prefixlen = address->length,
        .ifa_index = if_nametoindex(device),
    };
    if (!fixed.ifa_index) return -ENODEV;
    netlink_request request;
    netlink_begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &fixed, sizeof fixed);
    size_t length = address_length(address->family);
    netlink_attribute(&request, IFA_LOCAL, address->address, length);
    netlink_attribute(&request, IFA_ADDRESS, address->address, length);
    return netlink_ask(NETLINK_ROUTE, &request);
}

int purser_link_up(const char *name) {
    struct ifinfomsg fixed = {.ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    fixed.ifi_index = (int)if_nametoindex(name);
    if (!fixed.ifi_index) return -ENODEV;
    netlink_request request;
    netlink_begin(&request, RTM_NEWLINK, 0, &fixed, sizeof fixed);
    return netlink_ask(NETLINK_ROUTE, &request);
}

int purser_link_delete(const char *name) {
    struct ifinfomsg fixed = {.ifi_family = AF_UNSPEC};
    fixed.ifi_index = (int)if_nametoindex(name);
    if (!fixed.ifi_index) return -ENODEV;
    netlink_request request;
    netlink_begin(&request, RTM_DELLINK, 0, &fixed, sizeof fixed);
    return netlink_ask(NETLINK_ROUTE, &request);
}
