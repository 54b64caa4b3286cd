// SPDX-License-Identifier: Apache-2.0

extension Array {
    /// The index of the element that has a key, found by halving; the elements are ascending by it, each key once.
    func index<Key: Comparable>(of key: Key, by keyOf: (Element) -> Key) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if keyOf(self[middle]) < key { low = middle + 1 } else { high = middle }
        }
        guard low < count, keyOf(self[low]) == key else { return nil }
        return low
    }
}
