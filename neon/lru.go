package neon

import "container/list"

// lru is a map that forgets what was used longest ago. It is not safe for
// concurrent use.
type lru[V any] struct {
	max   int
	items map[string]*list.Element
	order list.List
}

type lruItem[V any] struct {
	key   string
	value V
}

func newLRU[V any](limit int) *lru[V] {
	return &lru[V]{max: limit, items: make(map[string]*list.Element)}
}

func (l *lru[V]) get(key string) (V, bool) {
	el, ok := l.items[key]
	if !ok {
		var zero V
		return zero, false
	}
	l.order.MoveToFront(el)
	return el.Value.(*lruItem[V]).value, true
}

// put stores the value and returns those that had to go for it.
func (l *lru[V]) put(key string, value V) (gone []V) {
	if el, ok := l.items[key]; ok {
		item := el.Value.(*lruItem[V])
		gone = append(gone, item.value)
		item.value = value
		l.order.MoveToFront(el)
		return gone
	}
	l.items[key] = l.order.PushFront(&lruItem[V]{key, value})
	for l.order.Len() > l.max {
		if v, ok := l.remove(l.order.Back().Value.(*lruItem[V]).key); ok {
			gone = append(gone, v)
		}
	}
	return gone
}

// clear forgets everything and returns what it held.
func (l *lru[V]) clear() (gone []V) {
	for el := l.order.Front(); el != nil; el = el.Next() {
		gone = append(gone, el.Value.(*lruItem[V]).value)
	}
	l.order.Init()
	clear(l.items)
	return gone
}

func (l *lru[V]) remove(key string) (V, bool) {
	el, ok := l.items[key]
	if !ok {
		var zero V
		return zero, false
	}
	delete(l.items, key)
	l.order.Remove(el)
	return el.Value.(*lruItem[V]).value, true
}
