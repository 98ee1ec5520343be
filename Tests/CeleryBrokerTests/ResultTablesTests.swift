import CeleryBroker
import Testing

@Suite struct ResultTablesTests {
    @Test("Celery's own names are used unless others are configured")
    func names() {
        let standard = ResultTables()
        #expect(standard.task == "\"celery_taskmeta\"" && standard.group == "\"celery_tasksetmeta\"")
        #expect(standard.taskSequence == "\"task_id_sequence\"")
        let own = ResultTables(names: ["task": "My Tasks"], schemas: ["task": "jobs", "group": "jobs"])
        #expect(own.task == "\"jobs\".\"My Tasks\"" && own.group == "\"jobs\".\"celery_tasksetmeta\"")
        #expect(own.taskSequence == "\"jobs\".\"task_id_sequence\"")
    }

    @Test("A name stays a name")
    func quoting() {
        #expect(ResultTables(names: ["task": "a\"; DROP TABLE b; --"]).task == "\"a\"\"; DROP TABLE b; --\"")
    }
}
