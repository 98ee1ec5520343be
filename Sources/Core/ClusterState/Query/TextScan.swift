/// Some terms of a search at work on all texts: the slabs are read from end to end, which is an order of magnitude
/// faster than going from task to task.
struct TextScan {
    private let terms: [TextTerm]
    /// The rows found, by term.
    private var rows: [RowSet]
    /// The shared texts that match, by handle, by term.
    private var shared: [RowSet]
    /// Terms that match some shared text.
    private var inShared: Set<Int> = []
    /// Some term is not told by words: every text has to be tested.
    private let testsAll: Bool
    private var folded: [UInt8] = []

    /// Texts beyond ASCII are read this many bytes at a time, since they must be folded.
    private static let wideBytes = 8192
    /// Shared texts that are read while the state is held, at most so many and so many bytes of them.
    private static let sharedPerSlice = 2048
    private static let sharedBytesPerSlice = 128 << 10

    init(_ terms: [TextTerm], rows: Int) {
        self.terms = terms
        self.rows = terms.map { _ in RowSet(limit: rows) }
        shared = terms.map { _ in RowSet(limit: 0) }
        testsAll = terms.contains { $0.words.isEmpty && !$0.needsWide }
    }

    /// The rows with a text that matches, by term.
    mutating func find(in cluster: Cluster) -> [RowSet] {
        var handle = 1
        while cluster.lock.withLock({ readShared(&handle, in: cluster.store.pointee) }) {}
        var cursor = TextArena.Cursor()
        while cluster.lock.withLock({ readStretch(&cursor, in: cluster.store.pointee) }) {}
        return rows
    }

    private mutating func readShared(_ handle: inout Int, in store: borrowing ClusterStore) -> Bool {
        let limit = store.texts.handleLimit
        let end = min(handle + TextScan.sharedPerSlice, limit)
        var bytes = 0
        while handle < end, bytes < TextScan.sharedBytesPerSlice {
            let text = store.texts.text(UInt32(handle))
            for index in terms.indices where !text.isEmpty && terms[index].matches(text) {
                shared[index].insert(handle)
                inShared.insert(index)
            }
            bytes += text.count * terms.count
            handle += 1
        }
        return handle < limit
    }

    private mutating func readStretch(_ cursor: inout TextArena.Cursor, in store: borrowing ClusterStore) -> Bool {
        guard let stretch = store.arena.nextStretch(&cursor, wideBytes: TextScan.wideBytes) else { return false }
        for index in terms.indices {
            for word in terms[index].words { look(for: word, of: index, in: stretch.bytes) }
        }
        for index in inShared { findShared(of: index, in: stretch.bytes) }
        if stretch.isWide || testsAll { testTexts(in: stretch.bytes) }
        return true
    }

    /// Finds every block in which a field of the term holds the word.
    private mutating func look(for word: SearchNeedle, of index: Int, in bytes: UnsafeRawBufferPointer) {
        let term = terms[index]
        var from = 0
        var block = TextArena.block(at: 0, in: bytes)
        while let found = word.place(in: UnsafeRawBufferPointer(rebasing: bytes[from...])) {
            let place = from + found
            while block.end <= place { block = TextArena.block(at: block.end, in: bytes) }
            from = block.end
            if let owner = block.owner, !rows[index].contains(Int(owner >> 1)) {
                let start = place - (block.end - block.record.count)
                if let field = TextScan.field(at: start, word.bytes.count, in: block.record) {
                    if term.looks(in: field.tag), field.handle == 0, term.wordDecides || term.matches(field.bytes) {
                        rows[index].insert(Int(owner >> 1))
                    } else {
                        from = TextScan.end(of: field, in: block)
                    }
                } else {
                    from = place + 1
                }
            }
            if from >= bytes.count { return }
        }
    }

    /// The field in which `count` bytes of a record lie.
    @inline(__always)
    private static func field(at start: Int, _ count: Int, in bytes: UnsafeRawBufferPointer) -> TextRecord.Field? {
        let record = TextRecord(bytes: bytes)
        var end = 0
        while let field = record.next(&end) {
            if end >= start + count { return end - field.bytes.count <= start ? field : nil }
        }
        return nil
    }

    /// Where the field ends in the stretch of its block.
    private static func end(of field: TextRecord.Field, in block: TextArena.Block) -> Int {
        guard let start = block.record.baseAddress, let text = field.bytes.baseAddress else { return block.end }
        return block.end - block.record.count + (text - start) + field.bytes.count
    }

    /// Finds every block with a field of the term that shares a text that matches.
    private mutating func findShared(of index: Int, in bytes: UnsafeRawBufferPointer) {
        let term = terms[index]
        let texts = shared[index]
        // Taken out, so that nothing has to be checked for each row.
        var found = RowSet(limit: 0)
        swap(&found, &rows[index])
        var offset = 0
        while offset < bytes.count {
            let block = TextArena.block(at: offset, in: bytes)
            offset = block.end
            guard let owner = block.owner else { continue }
            let record = TextRecord(bytes: block.record)
            var position = 0
            while let field = record.next(&position) {
                let handle = Int(field.handle)
                if handle != 0, texts.contains(handle), term.looks(in: field.tag) { found.insert(Int(owner >> 1)) }
            }
        }
        swap(&found, &rows[index])
    }

    /// Goes from block to block for what words do not tell: texts beyond ASCII, terms without words.
    private mutating func testTexts(in bytes: UnsafeRawBufferPointer) {
        var offset = 0
        while offset < bytes.count {
            let block = TextArena.block(at: offset, in: bytes)
            offset = block.end
            guard let owner = block.owner else { continue }
            let record = TextRecord(bytes: block.record)
            var position = 0
            while let field = record.next(&position) {
                if field.handle == 0, field.isWide || testsAll { test(field, of: Int(owner >> 1)) }
            }
        }
    }

    private mutating func test(_ field: TextRecord.Field, of row: Int) {
        folded.removeAll(keepingCapacity: true)
        for index in terms.indices where terms[index].looks(in: field.tag) {
            let term = terms[index]
            let isFound =
                field.isWide
                ? term.matchesWide(field.bytes, folded: &folded)
                : term.words.isEmpty && !term.needsWide && term.matches(field.bytes)
            if isFound { rows[index].insert(row) }
        }
    }
}
