/* Where a msgspec Struct keeps a field. Its fields are member descriptors, as those of a class with
 * __slots__ are, so an offset found once stands for an attribute lookup ever after. */
#ifndef MARZIPAN_MEMBERS_H
#define MARZIPAN_MEMBERS_H

#include <Python.h>
#include <structmember.h>

#include "_wire.h"

/* The offset of a field within instances of exactly this type, or -1 where it has no slot. */
static inline Py_ssize_t mz_offset(PyObject *type, const char *name) {
    Py_ssize_t offset = -1;
    PyObject *found = PyObject_GetAttrString(type, name);
    if (found == NULL) {
        PyErr_Clear();
        return -1;
    }
    if (Py_TYPE(found) == &PyMemberDescr_Type) {
        PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
        if (member->type == T_OBJECT_EX) offset = member->offset;
    }
    Py_DECREF(found);
    return offset;
}

/* The field at an offset: a borrowed reference. One that was deleted is an Ellipsis, which is no
 * fact and no term, not even an absent one. */
static inline PyObject *mz_field(PyObject *object, Py_ssize_t offset) {
    PyObject *field = *(PyObject **)((char *)object + offset);
    return field ? field : Py_Ellipsis;
}

/* The UTF-8 of exactly a str; 0 for anything else, and where it has no UTF-8. */
static inline int mz_string(PyObject *text, mz_view *view) {
    Py_ssize_t size;
    const char *utf8;
    if (!PyUnicode_CheckExact(text)) return 0;
    if (PyUnicode_IS_COMPACT_ASCII(text)) { /* nearly all are, and then no call is needed */
        utf8 = (const char *)PyUnicode_1BYTE_DATA(text);
        size = PyUnicode_GET_LENGTH(text);
    } else
        utf8 = PyUnicode_AsUTF8AndSize(text, &size);
    if (utf8 == NULL) {
        PyErr_Clear();
        return 0;
    }
    view->p = (const uint8_t *)utf8;
    view->n = (uint32_t)size;
    return size <= 65536;
}

/* The value of exactly an int that fits 64 bits; 0 for anything else. */
static inline int mz_integer(PyObject *number, int64_t *value) {
    int overflow;
    if (!PyLong_CheckExact(number)) return 0;
    *value = PyLong_AsLongLongAndOverflow(number, &overflow);
    return !overflow;
}

#endif
