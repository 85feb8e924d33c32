// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_client - how a driver uses gomalloc
 *
 * A make-believe network driver: a worker on each CPU receives packets into
 * objects of a heap of the driver's own, and hands them to a queue that a
 * timer empties, and frees, in softirq. On unload it shows what the heap holds
 * and destroys it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/gomalloc.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static unsigned int packets = 20000;
module_param(packets, uint, 0444);
MODULE_PARM_DESC(packets, "packets that each CPU receives (default 20000)");

static unsigned int keep = 2000;
module_param(keep, uint, 0444);
MODULE_PARM_DESC(keep, "of those, packets that stay allocated until unload (default 2000)");

static unsigned int limit_mb = 256;
module_param(limit_mb, uint, 0444);
MODULE_PARM_DESC(limit_mb, "MiB that the heap may hold (default 256)");

struct packet {
	struct list_head	list;
	char			*tag;		/* tiny */
	void			*data;		/* small, or large for jumbo */
	size_t			len;
};

struct worker {
	struct task_struct	*task;
	struct completion	done;
	struct list_head	kept;
	unsigned int		received;
	unsigned int		dropped;
};

static struct gomalloc_heap *heap;
static struct worker __percpu *workers;

static DEFINE_SPINLOCK(queue_lock);
static LIST_HEAD(queue);		/* queue_lock */
static struct timer_list queue_timer;

static void free_packet(struct packet *pkt)
{
	gofree(pkt->tag);
	gofree(pkt->data);
	gofree(pkt);
}

static void free_packets(struct list_head *list)
{
	struct packet *pkt, *next;

	list_for_each_entry_safe(pkt, next, list, list)
		free_packet(pkt);
}

/* Softirq: objects come back here that were allocated on every CPU */
static void empty_queue(struct timer_list *timer)
{
	LIST_HEAD(done);

	spin_lock(&queue_lock);
	list_splice_init(&queue, &done);
	spin_unlock(&queue_lock);
	free_packets(&done);
	mod_timer(timer, jiffies + 1);
}

/* Mostly short packets, some full ones, a few jumbo frames */
static size_t packet_size(void)
{
	u32 r = get_random_u32();

	switch (r % 100) {
	case 0:
		return 40000 + r / 100 % 25000;
	case 1 ... 25:
		return 1000 + r / 100 % 500;
	default:
		return 20 + r / 100 % 200;
	}
}

static struct packet *receive_packet(void)
{
	struct packet *pkt;

	pkt = gomalloc_heap_alloc(heap, sizeof(*pkt), GFP_KERNEL | __GFP_ZERO,
				  0);
	if (!pkt)
		return NULL;
	pkt->len = packet_size();
	pkt->data = gomalloc_heap_alloc(heap, pkt->len, GFP_KERNEL,
					GOMALLOC_NOSCAN);
	/* No device writes to it */
	pkt->tag = gomalloc_heap_alloc(heap, 5, GFP_KERNEL,
				       GOMALLOC_NOSCAN | GOMALLOC_NO_DMA);
	if (!pkt->data || !pkt->tag) {
		free_packet(pkt);
		return NULL;
	}
	memset(pkt->data, 0xa5, pkt->len);
	strscpy(pkt->tag, "eth0", 5);
	return pkt;
}

static int work(void *data)
{
	struct worker *w = data;
	struct packet *pkt;
	unsigned int i;

	for (i = 0; i < packets && !kthread_should_stop(); i++) {
		pkt = receive_packet();
		if (!pkt) {
			w->dropped++;
			continue;
		}
		w->received++;
		if (w->received <= keep) {
			list_add_tail(&pkt->list, &w->kept);
		} else {
			spin_lock_bh(&queue_lock);
			list_add_tail(&pkt->list, &queue);
			spin_unlock_bh(&queue_lock);
		}
		cond_resched();
	}
	complete(&w->done);
	return 0;
}

static int start_worker(int cpu)
{
	struct worker *w = per_cpu_ptr(workers, cpu);

	w->task = kthread_create_on_cpu(work, w, cpu, "gomalloc_client/%u");
	if (IS_ERR(w->task))
		return PTR_ERR(w->task);
	get_task_struct(w->task);
	wake_up_process(w->task);
	return 0;
}

static void stop_workers(void)
{
	struct worker *w;
	int cpu;

	for_each_possible_cpu(cpu) {
		w = per_cpu_ptr(workers, cpu);
		if (IS_ERR_OR_NULL(w->task))
			continue;
		wait_for_completion(&w->done);
		kthread_stop(w->task);
		put_task_struct(w->task);
	}
}

static void show_heap(void)
{
	struct gomalloc_class_stats *rows;
	struct gomalloc_stats stats;
	unsigned int i;

	rows = gocalloc(GOMALLOC_NR_CLASSES, sizeof(*rows), GFP_KERNEL);
	if (!rows)
		return;
	gomalloc_heap_class_stats(heap, rows);
	gomalloc_heap_stats(heap, &stats);
	pr_info("%5s %8s %10s %8s %12s\n", "class", "size", "objects", "spans",
		"bytes");
	for (i = 0; i < GOMALLOC_NR_CLASSES; i++) {
		if (rows[i].spans)
			pr_info("%5u %8llu %10llu %8llu %12llu\n", i,
				rows[i].size, rows[i].objects, rows[i].spans,
				rows[i].span_bytes);
	}
	pr_info("objects %llu, in spans %llu bytes, held %llu bytes\n",
		stats.objects, stats.span_bytes, stats.held_bytes);
	pr_info("refills %llu, sweeps %llu, flushes %llu, cross-CPU frees %llu\n",
		stats.refills, stats.sweeps, stats.flushes, stats.remote_frees);
	gofree(rows);
}

static void free_all(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		free_packets(&per_cpu_ptr(workers, cpu)->kept);
	free_packets(&queue);
	free_percpu(workers);
	gomalloc_heap_destroy(heap);
}

static int __init client_init(void)
{
	struct gomalloc_heap_params params = {
		.name = "client",
		.limit = (size_t)limit_mb << 20,
	};
	int cpu, err = 0;

	heap = gomalloc_heap_create(&params);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	workers = alloc_percpu(struct worker);
	if (!workers) {
		gomalloc_heap_destroy(heap);
		return -ENOMEM;
	}
	for_each_possible_cpu(cpu) {
		INIT_LIST_HEAD(&per_cpu_ptr(workers, cpu)->kept);
		init_completion(&per_cpu_ptr(workers, cpu)->done);
	}
	timer_setup(&queue_timer, empty_queue, 0);
	mod_timer(&queue_timer, jiffies + 1);
	for_each_online_cpu(cpu) {
		err = start_worker(cpu);
		if (err)
			break;
	}
	/* A driver would go on; a sample waits until there is something to see */
	stop_workers();
	if (!err) {
		show_heap();
		return 0;
	}
	timer_shutdown_sync(&queue_timer);
	free_all();
	return err;
}

static void __exit client_exit(void)
{
	timer_shutdown_sync(&queue_timer);
	free_all();
	pr_info("all packets freed, heap destroyed\n");
}

module_init(client_init);
module_exit(client_exit);
MODULE_DESCRIPTION("How a driver uses gomalloc");
MODULE_LICENSE("GPL");
