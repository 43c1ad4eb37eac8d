#pragma once
#include <malloc.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <stddef.h>
#include <stdint.h>

// Every function below returns 0 or a count on success, else a negative errno.

/// What libnftables answered: texts to be freed with free(), or NULL.
typedef struct {
    int result;
    char *output;
    char *error;
} purser_nft_answer;

/// Applies commands of the nft language in one transaction through libnftables, which is loaded at the first call.
/// -ENOSYS where the library is missing.
/// Calls from several threads wait for each other: the library keeps state of its own.
purser_nft_answer purser_nft(const char *commands);

/// Opens a path (O_PATH) that may not leave the directory, neither by `..` nor by links (openat2, RESOLVE_BENEATH).
int purser_open_beneath(int directory, const char *path, int flags);

/// Moves the calling thread into a network namespace of its own.
int purser_new_network_namespace(void);

/// An IPv4 or IPv6 prefix: `family` is AF_INET or AF_INET6, `address` 4 or 16 bytes in network order.
typedef struct {
    int family;
    uint8_t address[16];
    uint8_t length;
} purser_prefix;

/// Adds a route over a device, or, without one (NULL), a route that answers "unreachable". An equal one may exist.
int purser_route_add(const purser_prefix *prefix, const char *device, uint32_t metric);
/// Removes it. -ESRCH where there is none.
int purser_route_delete(const purser_prefix *prefix, const char *device, uint32_t metric);
/// Adds a route through a gateway. An equal one may exist.
int purser_route_add_gateway(const purser_prefix *prefix, const purser_prefix *gateway);
int purser_route_delete_gateway(const purser_prefix *prefix, const purser_prefix *gateway);
/// Makes a bridge and switches it on. It may exist.
int purser_bridge_add(const char *name);
/// Adds an address to a device; the address may be there.
int purser_address_add(const char *device, const purser_prefix *address);
int purser_link_up(const char *name);
/// Removes a device. -ENODEV where there is none.
int purser_link_delete(const char *name);

/// How many connections that are tracked and still open are answered from this address (prefix length ignored).
int purser_connections(const purser_prefix *address);
