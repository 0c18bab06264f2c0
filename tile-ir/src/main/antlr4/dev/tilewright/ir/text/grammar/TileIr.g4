// The text form of tile IR; dev.tilewright.ir.text.Printer writes it, Parser reads it.
grammar TileIr;

import IrText;

file : layoutLine* kernel EOF ;

// The rest of the line is in the grammar of the layout algebra.
layoutLine : LAYOUT_LINE ;

kernel
  : 'kernel' SYMBOL '(' (parameter (',' parameter)*)? ')'
    'grid' '(' (size (',' size)*)? ')'
    launch?
    block
  ;

launch : 'launch' '(' 'target' STRING ',' 'warps' INT ',' 'shared' INT
    (',' 'cluster' INT)? ')' ;

parameter
  : VALUE '=' 'dim' name ('divisor' INT)? ':' type location?                 # dimensionParameter
  | VALUE '=' 'scalar' name ':' type location?                               # scalarParameter
  | VALUE '=' access name '[' (size (',' size)*)? ']' 'unit' INT 'align' INT
    ':' type location?                                                       # tensorParameter
  | VALUE '=' 'workspace' name '[' size ']' zeroed='zeroed'? ':' type location? # workspaceParameter
  ;

access : 'in' | 'out' | 'inout' ;

size
  : INT                               # constantSize
  | name                              # dimensionSize
  | 'ceildiv' '(' size ',' size ')'   # ceilDivSize
  | 'mul' '(' size ',' size ')'       # productSize
  | 'add' '(' size ',' size ')'       # sumSize
  ;

block : '{' op* '}' ;

op
  : VALUE '=' pure ':' type location?                                        # pureOp
  | VALUE '=' 'reduce' VALUE 'axis' INT ':' type location?
    arguments block                                                          # reduceOp
  | effect location?                                                         # effectOp
  | (values '=')? 'for' argument '=' VALUE 'to' VALUE 'step' VALUE
    ('carry' '(' carried (',' carried)* ')')?
    (':' types)? location? block                                             # forOp
  | (result=values '=')? 'while' init=values? (':' types)? location?
    arguments block 'do' arguments block                                     # whileOp
  | (values '=')? 'if' VALUE (':' types)? location?
    block ('else' block)?                                                    # ifOp
  | (values '=')? async (':' types)? location?                               # asyncOp
  | 'roles' location? '{' role* '}'                                          # rolesOp
  ;

// What has one result.
pure
  : 'constant' literal                                        # constant
  | unaryKind VALUE                                           # unary
  | binaryKind VALUE ',' VALUE                                # binary
  | 'fma' VALUE ',' VALUE ',' VALUE                           # fma
  | 'compare' predicate VALUE ',' VALUE                       # compare
  | 'select' VALUE ',' VALUE ',' VALUE                        # select
  | 'cast' VALUE rounding 'saturate'?                         # cast
  | 'iota'                                                    # iota
  | 'splat' VALUE                                             # splat
  | 'extract' VALUE                                           # extract
  | 'broadcast' VALUE                                         # broadcast
  | 'reshape' VALUE                                           # reshape
  | 'view' VALUE                                              # view
  | 'transpose' VALUE '[' (INT (',' INT)*)? ']'               # transpose
  | 'mma' VALUE ',' VALUE ',' VALUE ('using' STRING)?         # mma
  | 'convert_layout' VALUE                                    # convertLayout
  | 'program_id' INT                                          # programId
  | 'load' place 'fill' literal                               # load
  | 'shared_alloc' ('at' INT)?                                # sharedAlloc
  | 'shared_slice' VALUE '[' VALUE ']'                        # sharedSlice
  | 'shared_load' VALUE                                       # sharedLoad
  | 'add_kept' kept ',' VALUE                                 # addKept
  ;

effect
  : 'store' VALUE 'to' place                                  # store
  | 'shared_store' VALUE 'to' VALUE                           # sharedStore
  | 'copy_async' place 'to' VALUE ('layout' LAYOUT)?          # copyAsync
  | 'async_commit'                                            # asyncCommit
  | 'async_wait' INT                                          # asyncWait
  | 'barrier'                                                 # barrier
  | 'keep' VALUE 'in' kept                                    # keep
  | 'signal' kept                                             # signal
  | 'await' kept                                              # await
  | 'fetch_increment' kept 'below' VALUE 'to' VALUE           # fetchIncrement
  | 'yield' values?                                           # yield
  ;

// A block of a tensor: its first element, and which coordinates may lie outside.
place : VALUE '[' (coordinate (',' coordinate)*)? ']' ;
coordinate : VALUE 'checked'? ;

// A place of a workspace.
kept : VALUE '[' VALUE ']' ;

argument : VALUE (':' type)? ;
arguments : '(' (argument (',' argument)*)? ')' ;
carried : argument '=' VALUE ;
types : type (',' type)* ;

type
  : dtype                                             # scalarType
  | 'tile' '<' SHAPE? dtype (',' LAYOUT)? '>'         # tileType
  | 'shared' '<' SHAPE? dtype (',' LAYOUT)? '>'       # sharedType
  | 'tensor' '<' dtype ',' 'rank' INT '>'             # tensorType
  | 'aref' '<' INT (',' cluster='cluster')?
    (',' type)* '>'                                   # arefType
  | 'write_token'                                     # writeTokenType
  | 'read_token'                                      # readTokenType
  | 'pending'                                         # pendingType
  | 'mbarriers' '<' INT '>'                           # mbarriersType
  | 'workspace' '<' SHAPE? dtype '>'                  # workspaceType
  ;

// With the values of a table: lut1(-1.0,1.0).
dtype : ID ('(' literal (',' literal)* ')')? ;

// What some warps of a block do.
role : 'role' STRING 'warps' INT ('registers' INT)? single='single'? block ;

// Asynchronous references, bulk copies, products of a warp group, barriers in memory.
async
  : 'aref_create' values?                                     # arefCreate
  | 'acquire_write' VALUE                                     # acquireWrite
  | 'commit' VALUE completion                                 # commit
  | 'acquire_read' VALUE                                      # acquireRead
  | 'release' VALUE ('after' values)?                         # release
  | 'bulk_load' VALUE '[' values? ']' 'to' VALUE
    ('in' INT 'parts')? ('counted_by' mbarrier)?                                  # bulkLoad
  | 'bulk_store' VALUE 'to' VALUE '[' values? ']'             # bulkStore
  | 'bulk_commit'                                             # bulkCommit
  | 'bulk_wait' INT                                           # bulkWait
  | 'proxy_fence'                                             # proxyFence
  | 'mma_async' factor ',' factor ',' VALUE ('using' STRING)? # mmaAsync
  | 'mma_wait' values? 'pending' INT                          # mmaWait
  | 'mbarrier_create' 'arrivals' INT ('at' INT)?              # mbarrierCreate
  | 'mbarrier_wait' mbarrier 'parity' VALUE                   # mbarrierWait
  | 'mbarrier_expect' mbarrier 'bytes' INT                    # mbarrierExpect
  | 'mbarrier_arrive' mbarrier ('in' INT 'blocks')?            # mbarrierArrive
  ;

completion : 'bulk' | 'copy_group' | 'generic' | 'mma' ;
factor : VALUE 'transposed'? ;
mbarrier : VALUE '[' VALUE ']' ;

LAYOUT_LINE : LAYOUT [ \t]* '=' ~[\r\n]* ;
LAYOUT : '#' [0-9]+ ;
SHAPE : ([0-9]+ 'x')+ ;
