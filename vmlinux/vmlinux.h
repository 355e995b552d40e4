/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The few kernel types that we read, with the few members that we read. CO-RE
 * relocates each access to where the running kernel has it, so member order
 * and padding here mean nothing, and one header serves every architecture.
 */
#ifndef LEAKAUDIT_VMLINUX_H
#define LEAKAUDIT_VMLINUX_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	__u64 id;
};

struct cgroup_root;

struct cgroup {
	int level;
	struct cgroup_root *root;
	struct kernfs_node *kn;
	struct cgroup *ancestors[]; /* since 6.1 */
};

/* before 6.1 */
struct cgroup___ids {
	__u64 ancestor_ids[0];
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

typedef struct {
	__u32 val;
} kuid_t;

struct user_namespace {
	int level; /* 0: the first one */
};

/* one word of 64 bits since 6.3, two of 32 before */
typedef struct {
	__u32 cap[2];
} kernel_cap_t;

struct cred {
	kuid_t uid;
	kernel_cap_t cap_effective;
	struct user_namespace *user_ns;
};

struct net;

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct inode {
	unsigned long i_ino;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
};

struct mm_struct {
	struct file *exe_file;
	unsigned long arg_start;
	unsigned long arg_end;
};

struct pid_namespace;

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[];
};

typedef struct {
	int counter;
} atomic_t;

struct net;

struct nsproxy {
	struct net *net_ns;
};

struct task_struct {
	unsigned int flags;
	int exit_state;
	int tgid;
	__u64 self_exec_id;
	struct mm_struct *mm;
	struct task_struct *real_parent;
	struct pid *thread_pid;
	__u64 start_boottime;
	struct task_struct *group_leader;
	const struct cred *cred;
	struct files_struct *files;
	struct css_set *cgroups;
	struct nsproxy *nsproxy;
	char comm[16];
};

struct list_head {
	struct list_head *next;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct net {
	struct user_namespace *user_ns;
	__u64 net_cookie;
	struct list_head dev_base_head;
	struct hlist_head *dev_index_head; /* 256 of them, by the low bits of the index */
};

typedef struct {
	struct net *net;
} possible_net_t;

typedef struct {
	__s64 counter;
} atomic64_t;

struct sock_common {
	unsigned short skc_family;
	possible_net_t skc_net;
	atomic64_t skc_cookie;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sockaddr;

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	int sk_wmem_queued;
	struct sock_cgroup_data sk_cgrp_data;
};

struct bpf_sock_addr_kern {
	struct sock *sk;
	struct sockaddr *uaddr;
};

struct mptcp_sock {
	__u32 token;
};

struct socket {
	struct file *file;
	struct sock *sk;
};

struct xsk_queue;

struct xdp_sock {
	struct sock sk;
	struct xsk_queue *tx;
};

struct net_device {
	unsigned long state;
	int ifindex;
	possible_net_t nd_net;
	unsigned int flags;
	struct list_head dev_list;
	struct hlist_node index_hlist;
};

struct netdev_queue {
	struct net_device *dev;
};

struct Qdisc {
	struct netdev_queue *dev_queue;
};

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	unsigned int len;
	int skb_iif; /* by which it came in; 0: it was made here */
	__u16 mac_header; /* these four count from head */
	__u16 network_header;
	__u16 transport_header;
	__u16 inner_transport_header; /* with encapsulation */
	__u8 encapsulation : 1;
	unsigned int end;
	unsigned char *head;
	unsigned char *data;
};

struct sk_buff_head {
	struct sk_buff *next;
	struct sk_buff *prev;
};

struct neighbour {
	struct sk_buff_head arp_queue;
};

struct skb_shared_info {
	unsigned short gso_size;
	unsigned short gso_segs;
	unsigned int gso_type;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
};

struct bpf_iter__task {
	union {
		struct bpf_iter_meta *meta;
	};
	union {
		struct task_struct *task;
	};
};

struct bpf_iter__task_file {
	union {
		struct bpf_iter_meta *meta;
	};
	union {
		struct task_struct *task;
	};
	__u32 fd;
	union {
		struct file *file;
	};
};

#pragma clang attribute pop

/* Why a packet is dropped, since 5.17; a kernel's numbers are its own. */
enum skb_drop_reason {
	SKB_DROP_REASON_NOT_SPECIFIED,
	SKB_DROP_REASON_NETFILTER_DROP,
	SKB_DROP_REASON_BPF_CGROUP_EGRESS, /* since 5.18, as all that follow */
	SKB_DROP_REASON_NEIGH_CREATEFAIL,
	SKB_DROP_REASON_NEIGH_FAILED,
	SKB_DROP_REASON_NEIGH_QUEUEFULL,
	SKB_DROP_REASON_NEIGH_DEAD,
	SKB_DROP_REASON_TC_EGRESS,
	SKB_DROP_REASON_QDISC_DROP,
	SKB_DROP_REASON_DEV_READY,
	SKB_DROP_REASON_FULL_RING,
	SKB_DROP_REASON_QUEUE_PURGE, /* since 6.9 */
	SKB_DROP_REASON_QDISC_OVERLIMIT, /* since 6.13 */
	SKB_DROP_REASON_QDISC_CONGESTED,
	SKB_DROP_REASON_CAKE_FLOOD,
	SKB_DROP_REASON_FQ_BAND_LIMIT,
	SKB_DROP_REASON_FQ_HORIZON_LIMIT,
	SKB_DROP_REASON_FQ_FLOW_LIMIT,
	SKB_DROP_REASON_DUALPI2_STEP_DROP, /* since 6.17 */
};

#endif
