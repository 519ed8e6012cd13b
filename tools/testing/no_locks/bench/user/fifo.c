// SPDX-License-Identifier: GPL-2.0
/*
 * fifo PROGRAM [ARG...] - run PROGRAM as SCHED_FIFO, priority 50: that of threaded
 * interrupts on PREEMPT_RT, which no worker can preempt. (busybox lacks chrt.)
 */
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sched_param p = { .sched_priority = 50 };

	if (argc < 2) {
		fprintf(stderr, "usage: %s PROGRAM [ARG...]\n", argv[0]);
		return 2;
	}
	if (sched_setscheduler(0, SCHED_FIFO, &p)) {
		perror("SCHED_FIFO");
		return 1;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 1;
}
