/* SPDX-License-Identifier: GPL-2.0-or-later
 * GLib's locks for ThreadSanitizer. GLib makes them of futexes inside its own library, which is not
 * built for TSan: without this every value that a lock guards looks like a race. Linked into every
 * test of a build with TRUCE_TSAN, by the linker's --wrap.
 *
 * Source: sanitizer/tsan_interface.h of GCC (__tsan_acquire, __tsan_release).
 */
#include <glib.h>

void __tsan_acquire(void *at);
void __tsan_release(void *at);

void __real_g_mutex_lock(GMutex *mutex);
void __wrap_g_mutex_lock(GMutex *mutex);
void __real_g_mutex_unlock(GMutex *mutex);
void __wrap_g_mutex_unlock(GMutex *mutex);
void __real_g_cond_wait(GCond *cond, GMutex *mutex);
void __wrap_g_cond_wait(GCond *cond, GMutex *mutex);
gboolean __real_g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end);
gboolean __wrap_g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end);
void __real_g_async_queue_push(GAsyncQueue *queue, gpointer data);
void __wrap_g_async_queue_push(GAsyncQueue *queue, gpointer data);
gpointer __real_g_async_queue_timeout_pop(GAsyncQueue *queue, guint64 us);
gpointer __wrap_g_async_queue_timeout_pop(GAsyncQueue *queue, guint64 us);

void __wrap_g_mutex_lock(GMutex *mutex)
{
    __real_g_mutex_lock(mutex);
    __tsan_acquire(mutex);
}

void __wrap_g_mutex_unlock(GMutex *mutex)
{
    __tsan_release(mutex);
    __real_g_mutex_unlock(mutex);
}

void __wrap_g_cond_wait(GCond *cond, GMutex *mutex)
{
    __tsan_release(mutex);
    __real_g_cond_wait(cond, mutex);
    __tsan_acquire(mutex);
}

gboolean __wrap_g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end)
{
    __tsan_release(mutex);
    gboolean came = __real_g_cond_wait_until(cond, mutex, end);
    __tsan_acquire(mutex);
    return came;
}

void __wrap_g_async_queue_push(GAsyncQueue *queue, gpointer data)
{
    __tsan_release(queue);
    __real_g_async_queue_push(queue, data);
}

gpointer __wrap_g_async_queue_timeout_pop(GAsyncQueue *queue, guint64 us)
{
    gpointer data = __real_g_async_queue_timeout_pop(queue, us);
    __tsan_acquire(queue);
    return data;
}
