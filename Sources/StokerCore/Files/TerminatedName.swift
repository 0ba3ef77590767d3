/// Lends a name with the zero byte that system calls want.
public func withTerminated<Value: ~Copyable, Failure: Error>(
    _ name: some Collection<UInt8>, _ body: (UnsafePointer<CChar>) throws(Failure) -> Value
) throws(Failure) -> Value {
    let result: Result<Value, Failure> = withUnsafeTemporaryAllocation(
        of: CChar.self, capacity: name.count + 1
    ) { buffer in
        var count = 0
        for byte in name {
            buffer.initializeElement(at: count, to: CChar(bitPattern: byte))
            count += 1
        }
        buffer.initializeElement(at: count, to: 0)
        do throws(Failure) {
            // Never empty, so there is an address.
            return .success(try body(UnsafePointer(buffer.baseAddress!)))
        } catch {
            return .failure(error)
        }
    }
    return try result.get()
}
